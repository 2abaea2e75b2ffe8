import Glibc
import Lab
import Linux
import Testing

@testable import Commands

/// The completions as the shells do them; `make test` installs those that are missing.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1)))
struct CompletionTests {
  private static func has(_ shell: String) -> Bool { access("/usr/bin/\(shell)", X_OK) == 0 }

  /// Runs a script in a folder that has `cluster.toml`, where `vipagent` is the agent's program.
  private func run(_ shell: String, _ script: String) throws -> String {
    var output = ""
    try withLab { lab in
      let folder = try TemporaryFolder("vipagent-completion")
      let host = try lab.bootHost("desk", "192.0.2.1/24")
      let text =
        "cd \(folder.path); : >cluster.toml; : >other.txt; mkdir bin; ln -s \(try Lab.agentBinary()) bin/vipagent; \(script)"
      let process = try host.start(
        "/usr/bin/\(shell)", ["-c", text],
        environment: ["PATH": "\(folder.path)/bin:/usr/bin:/bin", "HOME": folder.path, "TERM": "xterm"])
      #expect(process.waitForExit(timeout: .seconds(20)) == .code(0))
      output = process.lines.map(\.text).joined(separator: "\n")
    }
    return output
  }

  private static let expected: [(line: String, words: [String])] = [
    ("vipagent --config ", ["cluster.toml"]), ("vipagent --no", ["--node"]), ("vipagent help stat", ["status"]),
    ("vipagent help ", Vipagent.commands), ("vipagent check --config ", ["cluster.toml"]), ("vipagent kk", []),
  ]

  @Test(arguments: expected) func bash(line: String, words: [String]) throws {
    let output = try run(
      "bash",
      """
      source \(repositoryPath("packaging/completions/vipagent.bash"))
      COMP_LINE='\(line)'; COMP_POINT=${#COMP_LINE}; read -ra COMP_WORDS <<<"$COMP_LINE"
      [[ "$COMP_LINE" != *' ' ]] || COMP_WORDS+=('')
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      _vipagent vipagent "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """)
    try expect(words, of: output.split(separator: "\n").map { String($0) }, line)
  }

  @Test(.enabled(if: has("fish"), "needs root: installs the Debian package fish"), arguments: expected)
  func fish(line: String, words: [String]) throws {
    let output = try run(
      "fish", "source \(repositoryPath("packaging/completions/vipagent.fish")); complete -C '\(line)'")
    try expect(words, of: output.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }, line)
  }

  /// All that there is, and folders to look further in.
  private func expect(_ words: [String], of found: [String], _ line: String) throws {
    let found = found.filter { !$0.hasPrefix("bin") && !$0.hasPrefix(".") }
    #expect(Set(found).subtracting(["help"]) == Set(words), "\(line)")
  }

  /// On a terminal: only there zsh completes.
  @Test(.enabled(if: has("zsh"), "needs root: installs the Debian package zsh"))
  func zsh() throws {
    try withLab { lab in
      let folder = try TemporaryFolder("vipagent-completion")
      let host = try lab.bootHost("desk", "192.0.2.1/24")
      _ = try folder.write("", to: "cluster.toml")
      let terminal = try PseudoTerminal(columns: 200, lines: 24)
      let process = try host.start(
        "/bin/sh",
        ["-c", "cd \(folder.path); exec setsid --ctty --wait zsh -f -i <\(terminal.path) >\(terminal.path) 2>&1"],
        environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path, "TERM": "dumb"])
      defer { process.kill() }
      // A function in the program's place says what the line has become.
      terminal.type(
        """
        autoload -Uz compinit; compinit -u -D; source \(repositoryPath("packaging/completions/_vipagent")); \
        vipagent() { print -r -- "= $*" }; print rea''dy\r
        """)
      try wait(for: "ready", from: terminal)
      for (typed, line) in [
        ("--config c", "= --config cluster.toml"), ("help stat", "= help status"), ("--no", "= --node"),
      ] {
        terminal.type("vipagent \(typed)\t\r")
        try wait(for: line, from: terminal)
      }
    }
  }

  private func wait(for text: String, from terminal: PseudoTerminal) throws {
    let deadline = BootClock.now() + 10_000_000_000
    var seen = ""
    while !seen.contains(text) {
      if BootClock.now() > deadline { throw NotInTime("\(text); the terminal shows:\n\(seen)") }
      seen += String(decoding: terminal.read(timeout: .milliseconds(100)), as: UTF8.self)
    }
  }
}
