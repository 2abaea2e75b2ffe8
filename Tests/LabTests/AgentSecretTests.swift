import Glibc
import Lab
import Linux
import Testing

/// Where the keys are in a running agent: in memory that no core file has, and nowhere else.
@Suite(.needsRoot, .timeLimit(.minutes(1))) struct AgentSecretTests {
  /// A stretch of a process's memory (`/proc/PID/smaps`, proc(5)).
  private struct Mapping {
    let range: Range<UInt>
    let name: String
    /// It is in no core file: `dd` among its flags, of MADV_DONTDUMP.
    let isLeftOut: Bool
  }

  @Test func theKeysAreInNoCoreFile() throws {
    let keys = AgentKeys()
    try withAgents(AgentConfig(), keys) { rig in
      try rig.startBoth()
      // The file is read and parsed once more, and the plan made anew.
      try rig.loadb1.reload()
      let process = try #require(rig.loadb1.agent).identifier
      let digits = try #require(keys.text.split(separator: " ").last).dropLast()
      let secret = stride(from: 0, to: digits.count, by: 2).map { place in
        UInt8(digits.dropFirst(place).prefix(2), radix: 16) ?? 0
      }
      try #require(secret.count == 32)
      // The secret, its text, and what HMAC makes of it first (RFC 2104: ipad and opad).
      let forms = [secret, Array(digits.utf8), secret.map { $0 ^ 0x36 }, secret.map { $0 ^ 0x5c }]
      let (safe, unsafe) = try places(of: forms, in: process)
      #expect(safe > 0, "the search finds the secret where it is kept")
      #expect(unsafe.isEmpty, "\(unsafe)")
    }
  }

  /// Nobody but root reads the memory of an agent that is not root's, and the kernel writes no core file of it: the files that
  /// show it belong to root (prctl(2), PR_SET_DUMPABLE).
  @Test func anAgentLeavesNoCoreFile() throws {
    try withAgents { rig in
      let capabilities = "+net_admin,+net_raw,+net_bind_service"
      let nobody = try #require(getpwnam("nobody")).pointee.pw_uid
      for path in [rig.folder.path, rig.loadb1.configPath, rig.loadb1.keysPath] {
        try #require(chown(path, nobody, 0) == 0)
      }
      try rig.loadb1.start(under: [
        "/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--inh-caps=\(capabilities)",
        "--ambient-caps=\(capabilities)",
      ])
      try rig.loadb1.waitForLine("owner of 195.46.64.21/24")
      let process = try #require(rig.loadb1.agent).identifier
      var status = stat()
      try #require(stat("/proc/\(process)/status", &status) == 0)
      #expect(status.st_uid == 0)
      #expect(try contents(of: "/proc/\(process)/status").contains("Uid:\t\(nobody)\t"))
      // The doctor finds its agent all the same, as the agent's user and as root.
      for wrapper in [["/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"], []] {
        #expect(try rig.loadb1.examine(listening: "1ms", under: wrapper, as: "nobody").agent == process)
      }
    }
  }

  // MARK: - Looking

  /// How often the forms are in memory that no core file has, and what other memory has them.
  private func places(of forms: [[UInt8]], in process: pid_t) throws -> (safe: Int, unsafe: [String]) {
    let path = "/proc/\(process)/mem"
    let memory = try Descriptor(open(path, O_RDONLY | O_CLOEXEC), "open", on: path)
    var safe = 0
    var unsafe: [String] = []
    for mapping in try mappings(of: process) {
      let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: mapping.range.count, alignment: 8)
      defer { bytes.deallocate() }
      // What was never touched and cannot be is no part of it.
      let count = pread(memory.raw, bytes.baseAddress, bytes.count, off_t(mapping.range.lowerBound))
      guard count > 0 else { continue }
      for (number, form) in forms.enumerated() where has(bytes, upTo: count, form) {
        if mapping.isLeftOut { safe += 1 } else { unsafe.append("form \(number) in \(mapping.name)") }
      }
    }
    return (safe, unsafe)
  }

  private func has(_ bytes: UnsafeMutableRawBufferPointer, upTo count: Int, _ form: [UInt8]) -> Bool {
    guard let begin = bytes.baseAddress else { return false }
    var place = 0
    while count - place >= form.count {
      guard let found = memchr(begin + place, Int32(form[0]), count - place - form.count + 1) else { return false }
      if memcmp(found, form, form.count) == 0 { return true }
      place = found - UnsafeMutableRawPointer(begin) + 1
    }
    return false
  }

  private func mappings(of process: pid_t) throws -> [Mapping] {
    var mappings: [Mapping] = []
    var head: (range: Range<UInt>, name: String, isReadable: Bool)?
    for line in try contents(of: "/proc/\(process)/smaps").split(separator: "\n") {
      let words = line.split(separator: " ")
      let ends = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      if ends.count == 2, words.count >= 5 {
        head = (ends[0]..<ends[1], words.dropFirst(5).joined(separator: " "), words[1].hasPrefix("r"))
      } else if words[0] == "VmFlags:", let found = head {
        // What comes from a file and is never written to holds no secret; vvar is the kernel's.
        guard found.isReadable, !found.name.hasPrefix("[v") else { continue }
        mappings.append(Mapping(range: found.range, name: found.name, isLeftOut: words.contains("dd")))
      }
    }
    return mappings
  }
}
