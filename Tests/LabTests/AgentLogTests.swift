import Glibc
import Lab
import Linux
import Testing

/// A log that nobody reads holds up nothing but itself.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1))) struct AgentLogTests {
  @Test func aBackupWhoseLogIsStuckTakesOverAndCatchesUp() throws {
    try withStuckBackup { rig, pipe in
      let pinger = try rig.ping()
      try calm(pinger)
      let mark = pinger.mark()
      try rig.loadb1.host.powerOff()
      try rig.waitForOwner("loadb2")
      try calm(pinger)
      let outage = milliseconds(try #require(pinger.report(since: mark).longest?.duration))
      print("outage with a stuck log: \(listed([outage])) ms")
      #expect(outage < 600)
      // Nothing of it is lost: the sink was stuck, and then it was not.
      let text = try pipe.read(until: "owner of 195.46.64.21/24")
      #expect(text.contains("loadb1 is dead"))
    }
  }

  @Test func anAgentWhoseLogIsStuckStops() throws {
    try withStuckBackup { rig, _ in
      let (exit, took) = try rig.loadb2.end()
      print("stop with a stuck log: \(listed([took])) ms")
      #expect(exit == .code(0))
      #expect(took < 1500)
    }
  }

  /// loadb1 owns; loadb2 is its backup, whose standard error is full from the beginning.
  private func withStuckBackup(_ body: (AgentRig, FullPipe) throws -> Void) throws {
    try withAgents { rig in
      let pipe = try FullPipe("\(rig.folder.path)/log")
      try rig.loadb1.start()
      try rig.waitForOwner("loadb1")
      try rig.loadb2.start(under: ["/bin/sh", "-c", "exec \"$@\" 2>\(pipe.path)", "sh"])
      try rig.loadb1.waitForLine("loadb2 is here")
      try body(rig, pipe)
    }
  }
}

/// A named pipe that takes nothing more (`fifo(7)`).
private final class FullPipe {
  let path: String
  private let descriptor: Descriptor

  init(_ path: String) throws {
    self.path = path
    try #require(mkfifo(path, 0o600) == 0)
    // Open for both, so that neither this end nor the writer's waits for the other.
    let descriptor = try Descriptor(open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC), "open", on: path)
    let filler = [UInt8](repeating: 0, count: 4096)
    while write(descriptor.raw, filler, filler.count) > 0 {}
    try #require(errno == EAGAIN)
    self.descriptor = descriptor
  }

  /// Empties the pipe until what was read contains `text`.
  func read(until text: String) throws -> String {
    var (all, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
    while !String(decoding: all, as: UTF8.self).contains(text) {
      var ready = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
      guard poll(&ready, 1, 5000) == 1 else { throw NotInTime("the log says `\(text)`") }
      let count = Glibc.read(descriptor.raw, &chunk, chunk.count)
      all += chunk[..<max(count, 0)].filter { $0 != 0 }
    }
    return String(decoding: all, as: UTF8.self)
  }
}
