import Glibc
import Lab
import Linux
import Testing

/// What the installed program's heartbeat thread asks of malloc(3), counted by a library put before the C library's.
@Suite(
  .needsRoot, .enabled(if: getenv("VIPAGENT_BINARY") != nil, "needs VIPAGENT_BINARY: an optimized agent"), .serialized,
  .timeLimit(.minutes(5))
) struct AgentAllocationTests {
  /// What each node hears of itself and of the other, at one a millisecond each: so many, after so many.
  private static let beats: UInt64 = 100_000, warmUp: UInt64 = 10_000

  @Test func aHundredThousandHeartbeatsAllocateNothing() throws {
    var config = AgentConfig()
    config.keepalive = "1ms"
    // Whatever else the machine does, nobody is to die here.
    config.deadtime = "2s"
    try withAgents(config) { rig in
      let library = try Self.library()
      let files = rig.balancers.map { "\(rig.folder.path)/\($0.name).allocations" }
      for (balancer, file) in zip(rig.balancers, files) {
        try balancer.start(under: ["/usr/bin/env", "LD_PRELOAD=\(library)", "VIPAGENT_ALLOCATIONS=\(file)"])
      }
      try rig.waitForOwner("loadb1")
      try rig.loadb2.waitForLine("backup for group")
      let before = try Self.counts(in: files, when: Self.warmUp)
      // The thread makes its tables when it starts, and the others work as everybody does: what is allocated is seen.
      #expect(before.allSatisfy { $0.heartbeat > 0 && $0.others > 1_000 }, "\(before)")
      let after = try Self.counts(in: files, when: Self.warmUp + Self.beats)
      print("allocations before \(before), after \(after)")
      for (before, after) in zip(before, after) { #expect(after.heartbeat == before.heartbeat) }
    }
  }

  /// What the files say once each node has heard so many.
  private static func counts(in files: [String], when heard: UInt64) throws -> [Count] {
    let deadline = BootClock.now() + 200_000_000_000
    while true {
      let counts = try files.map(Count.init)
      if counts.allSatisfy({ $0.received >= heard }) { return counts }
      try #require(BootClock.now() < deadline, "\(counts)")
      usleep(100_000)
    }
  }

  /// Built with the tests, next to them.
  private static func library() throws -> String {
    let program = try Lab.runningExecutable()
    let folder = try #require(program.lastIndex(of: "/").map { program[..<$0] })
    return "\(folder)/libAllocations.so"
  }
}

/// `struct callocations` as a file has it.
private struct Count: CustomStringConvertible {
  let heartbeat, others, received: UInt64

  init(ofFile path: String) throws {
    let file = try Descriptor(open(path, O_RDONLY | O_CLOEXEC), "open", on: path)
    var words: [UInt64] = [0, 0, 0]
    let raw = file.raw
    let count = words.withUnsafeMutableBytes { read(raw, $0.baseAddress, $0.count) }
    try #require(count == 24)
    (heartbeat, others, received) = (words[0], words[1], words[2])
  }

  var description: String { "\(heartbeat) in \(received) heartbeats, \(others) by other threads" }
}
