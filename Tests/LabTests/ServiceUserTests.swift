import Glibc
import Lab
import Testing

/// A host that has the service's user: files are made for it, and judged by what it may read. The user is in a database of
/// the test's own, bound over /etc/passwd in a mount namespace of its own.
@Suite(.needsRoot, .timeLimit(.minutes(1)))
struct ServiceUserTests {
  private static let user: uid_t = 64_990

  /// Runs shell commands where the user vipagent exists; `V` is the program and `D` the folder with `config.toml`.
  private func run(_ commands: String, in folder: TemporaryFolder) throws -> [String] {
    let lab = try Lab()
    defer { lab.tearDown() }
    let host = try lab.bootHost("loadb1", "195.46.64.15/24")
    try folder.write(
      try contents(of: "/etc/passwd") + "vipagent:x:\(Self.user):\(Self.user)::/:/bin/false\n", to: "passwd")
    try folder.write(Self.configuration(keys: "\(folder.path)/keys"), to: "config.toml", mode: 0o644)
    try #require(chmod(folder.path, 0o755) == 0)
    let script = """
      mount --bind '\(folder.path)/passwd' /etc/passwd && chmod 644 /etc/passwd
      V='\(try Lab.agentBinary())' D='\(folder.path)'
      \(commands)
      """
    let shell = try host.start("/usr/bin/unshare", ["-m", "sh", "-c", script])
    try #require(shell.waitForExit(timeout: .seconds(20)) == .code(0), "\(shell.lines.map(\.text))")
    return shell.lines.map(\.text)
  }

  private static func configuration(keys: String) -> String {
    """
    cluster = "loadb"
    [heartbeat]
    bcast = ["eth0"]
    [auth]
    keys = "\(keys)"
    [[node]]
    name = "loadb1"
    [[node]]
    name = "loadb2"
    [[group]]
    name = "director"
    [[group.vip]]
    address = "195.46.64.21/24"
    dev = "eth0"
    """
  }

  @Test func newKeysAreTheServicesAndStayIt() throws {
    let lines = try run(
      """
      $V keygen $D/keys
      stat -c '%a %u' $D/keys
      $V check --config $D/config.toml
      chgrp 4712 $D/keys
      $V keygen --add $D/keys | head -n 1
      stat -c '%a %u %g' $D/keys
      setpriv --reuid=\(Self.user) --regid=\(Self.user) --clear-groups $V check --config $D/config.toml
      """, in: try TemporaryFolder("vipagent-service"))
    #expect(lines.first?.contains("chown it to vipagent there, too") == true, "\(lines)")
    #expect(lines.contains("600 \(Self.user)"), "\(lines)")
    #expect(lines.contains("600 \(Self.user) 4712"), "\(lines)")
    #expect(lines.count { $0.contains(": ok: cluster loadb") } == 2, "\(lines)")
  }

  /// Root can read all of it; the service could not start.
  @Test func rootJudgesAsTheService() throws {
    let lines = try run(
      """
      $V keygen $D/keys >/dev/null; chown 0 $D/keys
      $V check --config $D/config.toml; echo code $?
      $V check --user root --config $D/config.toml
      $V doctor --config $D/config.toml --listen 1ms | grep -A 12 ' keys '
      chmod 600 $D/config.toml
      $V check --config $D/config.toml; echo code $?
      chmod 700 $D
      $V doctor --config $D/config.toml --listen 1ms; echo code $?
      """, in: try TemporaryFolder("vipagent-service"))
    let text = lines.joined(separator: "\n")
    #expect(text.contains("keys: EACCES") || text.contains("/keys: error: open "), "\(text)")
    #expect(text.contains("hint: chown vipagent "), "\(text)")
    #expect(text.contains("→ chown vipagent "), "\(text)")
    #expect(text.contains("config.toml  # user vipagent may not read it"), "\(text)")
    #expect(text.contains("# user vipagent may not pass the folder"), "\(text)")
    #expect(lines.count { $0 == "code 78" } == 3, "\(text)")
    #expect(lines.count { $0.contains(": ok: cluster loadb") } == 1, "\(text)")
    #expect(!text.contains("chown root") && !text.contains("chown 0"), "\(text)")
  }

  /// Each of what it prints is typed, and mends what it was printed for.
  @Test func whatIsPrintedMakesTheFilesTheServices() throws {
    let lines = try run(
      """
      $V keygen $D/keys >/dev/null; chown 0 $D/keys; chmod 600 $D/config.toml; chmod 700 $D
      for turn in 1 2 3 4; do
        $V doctor --config $D/config.toml --listen 1ms > $D/said 2>&1
        grep -q 'vipagent may not\\|EACCES\\|chown ' $D/said || break
        sed -n 's/.*\\(→\\|hint:\\) \\(ch[a-z]* .*\\)/\\2/p' $D/said > $D/remedy
        cat $D/remedy; sh -e $D/remedy
      done
      $V check --config $D/config.toml
      """, in: try TemporaryFolder("vipagent-service"))
    for command in ["chmod o+x ", "chmod o+r ", "chown vipagent "] {
      #expect(lines.count { $0.hasPrefix(command) } == 1, "\(lines)")
    }
    #expect(lines.last?.contains(": ok: cluster loadb") == true, "\(lines)")
  }
}
