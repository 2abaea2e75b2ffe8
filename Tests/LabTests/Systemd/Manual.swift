import Lab
import Testing

/// What `README.md` says about installation and a first cluster, for the test to do.
///
/// Its blocks of kind `toml` and `sh` are done, whatever they are, in their order; blocks without a kind only show something.
struct Manual {
  /// A block of code.
  enum Block: Equatable {
    /// A file, with the path that its first line names.
    case file(path: String, text: String)
    /// Commands for the machine that builds.
    case build(lines: [String])
    /// Commands, and the hosts that the first line names.
    case commands(hosts: [String], lines: [String])
  }

  let blocks: [Block]

  /// - Throws: a block that says neither.
  init(_ path: String) throws {
    var blocks: [Block] = []
    for part in try contents(of: path).split(separator: "\n```").dropFirst().enumerated() where part.offset % 2 == 0 {
      let lines = part.element.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      guard !lines[0].isEmpty else { continue }
      blocks.append(try Self.block(kind: lines[0], title: try #require(lines.dropFirst().first), lines))
    }
    self.blocks = blocks
  }

  private static func block(kind: String, title: String, _ lines: [String]) throws -> Block {
    let rest = Array(lines.dropFirst(2))
    switch (kind, title) {
    case ("toml", _) where title.hasPrefix("# /"):
      return .file(path: String(title.dropFirst(2)), text: lines.dropFirst().joined(separator: "\n") + "\n")
    case ("sh", "# on the machine that builds"): return .build(lines: rest)
    case ("sh", "# on both hosts"): return .commands(hosts: ["loadb1", "loadb2"], lines: rest)
    case ("sh", "# on loadb1"): return .commands(hosts: ["loadb1"], lines: rest)
    default: throw CommandFailed("README.md: where is this to be done? \(lines)")
    }
  }
}

extension BootedPair {
  /// Does what these blocks of the manual say; what several hosts are to do, they do one after the other.
  /// - Returns: what each command wrote, by the host and the command.
  @discardableResult
  func follow(_ blocks: ArraySlice<Manual.Block>) throws -> [String: String] {
    var outputs: [String: String] = [:]
    for block in blocks {
      switch block {
      case .file(let path, let text): try loadb1.write(text, to: path)
      case .build(let lines): for line in lines { try bring(line) }
      case .commands(let hosts, let lines):
        for host in hosts.compactMap({ named($0) }) {
          for line in lines where !line.isEmpty { outputs["\(host.name): \(line)"] = try perform(line, on: host) }
        }
      }
    }
    return outputs
  }

  /// `make test-systemd` has built the package by the target that the manual names, and has put it where the hosts see it.
  private func bring(_ line: String) throws {
    let words = line.split(separator: " ").map(String.init)
    if words == ["make", "deb"] { return }
    guard words.count == 3, words[0] == "scp", words[1] == ".build/deb/vipagent_*.deb", words[2].hasSuffix(":"),
      let host = named(String(words[2].dropLast()))
    else { throw CommandFailed("README.md: the test does not know how to do this: \(line)") }
    try host.shell("cp /packages/vipagent_*.deb .")
  }

  /// The hosts have no remote shell: the test carries the files that one copies to the other.
  private func perform(_ line: String, on host: BootedHost) throws -> String {
    guard line.hasPrefix("scp -p ") else { return try host.shell(line, within: .seconds(90)) }
    let words = line.split(separator: " ").dropFirst(2).map(String.init)
    let target = try #require(words.last).split(separator: ":").map(String.init)
    let other = try #require(named(target[0]))
    for path in words.dropLast() {
      let file = "\(target[1])\(path.split(separator: "/").last ?? "")"
      let mode = try host.shell("stat --format=%a \(path)")
      try other.shell("echo '\(try host.shell("base64 --wrap=0 \(path)"))' | base64 -d >\(file); chmod \(mode) \(file)")
    }
    return ""
  }
}

extension BootedHost {
  /// Writes a file as an editor would.
  func write(_ text: String, to path: String) throws {
    try shell("cat >\(path).new <<'end of file'\n\(text)end of file\nmv \(path).new \(path)")
  }
}
