import Lab
import Testing

extension BootedCluster {
  /// Does what a recipe says.
  /// - Returns: what each command wrote, by the host and the command.
  @discardableResult
  func follow(recipe title: String) throws -> [String: String] {
    let section = try #require(recipes.sections.first { $0.title == title }, "\(recipes.path) has no recipe “\(title)”")
    followed.insert(title)
    return try follow(section.blocks[...])
  }

  /// Does what these blocks say; what several hosts are to do, they do one after the other.
  /// - Returns: what each command wrote, by the host and the command.
  @discardableResult
  func follow(_ blocks: ArraySlice<Manual.Block>) throws -> [String: String] {
    var outputs: [String: String] = [:]
    for block in blocks {
      switch block {
      case .file(let path, let text, let isAdded, let place):
        for host in try hosts(at: place) { try isAdded ? host.add(text, to: path) : host.write(text, to: path) }
      case .change(let path, let lines, let place):
        for host in try hosts(at: place) { try host.change(path, lines) }
      case .build(let lines): for line in lines { try bring(line) }
      case .commands(let place, let lines):
        for host in try hosts(at: place) {
          for line in lines where !line.isEmpty { outputs["\(host.name): \(line)"] = try perform(line, on: host) }
        }
      }
    }
    return outputs
  }

  private func hosts(at place: Manual.Place) throws -> [BootedHost] {
    switch place {
    case .everyNode: running
    case .hosts(let names): try names.map { try #require(named($0), "there is no host \($0)") }
    }
  }

  /// `make test-systemd` has built the package by the target that the manual names, and has put it where the hosts see it.
  private func bring(_ line: String) throws {
    let words = line.split(separator: " ").map(String.init)
    if words == ["make", "deb"] { return }
    guard words.count == 3, words[0] == "scp", words[1] == ".build/deb/vipagent_*.deb", words[2].hasSuffix(":"),
      let host = named(String(words[2].dropLast()))
    else { throw CommandFailed("the test does not know how to do this: \(line)") }
    guard host.host.isRunning else { return }
    try host.shell("cp /packages/vipagent_*.deb .")
  }

  /// What the test has to have a hand in, it does; all else the host does.
  private func perform(_ line: String, on host: BootedHost) throws -> String {
    let words = line.split(separator: "#")[0].split(separator: " ").map(String.init)
    if words == ["systemctl", "reboot"] {
      try host.reboot()
    } else if words.starts(with: ["hostnamectl", "set-hostname"]) {
      try host.rename(to: words[2])
    } else if words.starts(with: ["scp", "-p"]) {
      try copy(Array(words.dropFirst(2)), from: host)
    } else {
      return try host.shell(line, within: .seconds(90))
    }
    return ""
  }

  /// The hosts have no remote shell: the test carries the files that one copies to another.
  private func copy(_ words: [String], from host: BootedHost) throws {
    let target = try #require(words.last).split(separator: ":").map(String.init)
    let other = try #require(named(target[0]), "there is no host \(target[0])")
    for path in words.dropLast() {
      let file = target[1].hasSuffix("/") ? "\(target[1])\(path.split(separator: "/").last ?? "")" : target[1]
      let mode = try host.shell("stat --format=%a \(path)")
      try other.shell("echo '\(try host.shell("base64 --wrap=0 \(path)"))' | base64 -d >\(file); chmod \(mode) \(file)")
    }
  }
}

extension BootedHost {
  /// Writes a file as an editor would.
  func write(_ text: String, to path: String) throws {
    try shell("cat >\(path).new <<'end of file'\n\(text)end of file\nmv \(path).new \(path)")
  }

  /// Adds lines to a file.
  func add(_ text: String, to path: String) throws {
    try shell("cat >>\(path) <<'end of file'\n\(text)end of file")
  }

  /// Changes lines of a file, whose owner and mode stay; they are found by those that go and those that stay.
  func change(_ path: String, _ lines: [String]) throws {
    func side(_ marks: String) -> String {
      lines.filter { line in line.first.map { marks.contains($0) } ?? true }.map { "\($0.dropFirst())\n" }.joined()
    }
    let text = try shell("cat \(path)") + "\n"
    let places = text.ranges(of: side(" -"))
    guard places.count == 1, let place = places.first else {
      throw CommandFailed("\(name): \(path) has these lines \(places.count) times:\n\(side(" -"))in\n\(text)")
    }
    let changed = text.replacingSubrange(place, with: side(" +"))
    try shell("cat >\(path) <<'end of file'\n\(changed)end of file")
  }
}

extension String {
  fileprivate func replacingSubrange(_ range: Range<Index>, with other: String) -> String {
    var text = self
    text.replaceSubrange(range, with: other)
    return text
  }
}
