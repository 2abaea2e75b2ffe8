import Glibc
import Lab
import Linux
import Testing

/// What a takeover runs is in memory, even where the kernel has let go of all that it may of the program's files: the
/// disk may be slow, or what has failed.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1))) struct AgentMemoryTests {
  @Test func aTakeoverReadsNothingFromTheDisk() throws {
    try withAgents { rig in
      try rig.loadb1.start()
      try rig.waitForOwner("loadb1")
      // The backup has files of its own, which nobody else keeps in memory.
      let files = try copyFiles(of: rig.loadb1, to: rig.folder, on: rig.client)
      let program = try #require(files.first { !$0.contains(".so") })
      try rig.loadb2.start(program, under: ["/usr/bin/env", "LD_LIBRARY_PATH=\(rig.folder.path)"])
      try rig.loadb2.waitForLine("backup for group")
      try calm(rig.ping())
      let mapped = try contents(of: "/proc/\(try #require(rig.loadb2.agent).identifier)/maps")
      #expect(files.allSatisfy { mapped.contains($0) })

      for file in files { try letGo(of: file) }
      let before = try majorFaults(of: rig.loadb2)
      try rig.loadb1.host.powerOff()
      try rig.waitForOwner("loadb2")
      try rig.loadb2.waitForLine("added and announced")
      let after = try majorFaults(of: rig.loadb2)
      #expect(before.keys.sorted() == ["address", "heartbeat"])
      #expect(after == before)
    }
  }

  /// Copies the program and its libraries.
  private func copyFiles(of balancer: Balancer, to folder: TemporaryFolder, on host: Host) throws -> [String] {
    let maps = try contents(of: "/proc/\(try #require(balancer.agent).identifier)/maps")
    let paths = Set(maps.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) })
      .filter { $0.hasPrefix("/") && !$0.contains("/ld-") }
    try #require(paths.count > 3)
    return try paths.map { path in
      let copy = "\(folder.path)/\(soname(path))"
      try #require(host.start("/bin/cp", [path, copy]).waitForExit(timeout: .seconds(10)) == .code(0))
      return copy
    }
  }

  /// By what a program asks for a library: `/lib/libnettle.so.8.6` is `libnettle.so.8`.
  private func soname(_ path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    guard let suffix = name.firstRange(of: ".so.") else { return name }
    return String(name[..<suffix.upperBound] + name[suffix.upperBound...].prefix { $0 != "." })
  }

  /// Has the kernel forget what it can of a file.
  private func letGo(of path: String) throws {
    let file = try Descriptor(open(path, O_RDONLY | O_CLOEXEC), "open", on: path)
    try #require(fdatasync(file.raw) == 0 && posix_fadvise(file.raw, 0, 0, POSIX_FADV_DONTNEED) == 0)
  }

  /// How often the threads that a takeover runs on have waited for the disk (proc(5), majflt).
  private func majorFaults(of balancer: Balancer) throws -> [String: Int] {
    let process = try #require(balancer.agent).identifier
    var faults: [String: Int] = [:]
    for thread in try balancer.threads() where ["heartbeat", "address"].contains(thread.name) {
      let fields = try contents(of: "/proc/\(process)/task/\(thread.identifier)/stat").split(separator: " ")
      faults[thread.name] = try #require(fields.count > 11 ? Int(fields[11]) : nil)
    }
    return faults
  }
}
