import CLinux
import Glibc
import Linux
import TakeoverCore
import Testing
import struct TakeoverCore.Tag

@testable import Configuration
@testable import Engine
@testable import Heartbeats
@testable import Support
@testable import Wire

/// A heartbeat thread on a wire on which somebody sends as much as he can: it beats, and leaves the processor to
/// others.
@Suite(.enabled(if: PrivateNetwork.isPossible, "needs root: network namespaces"), .serialized, .timeLimit(.minutes(1)))
struct HeartbeatFloodTests {
  enum Flood: String, CaseIterable, CustomTestStringConvertible {
    /// No heartbeat at all.
    case junk
    /// All but the signature is right.
    case forged
    /// Claims of the group's address.
    case arp
    /// Echo replies, which nobody has asked for.
    case icmp

    var testDescription: String { rawValue }

    /// A frame of it; `hardware` is the victim's.
    func frame(to hardware: EthernetAddress) -> [UInt8] {
      let source = EthernetAddress(rawValue: 0x0200_0000_0066), vip = IPv4Number(rawValue: 0xc000_020a)
      switch self {
      case .junk: return Self.broadcast(Array("x".utf8))
      case .forged:
        var bytes = [UInt8](repeating: 0xaa, count: 60)
        bytes.replaceSubrange(0..<4, with: [0x56, 0x41, HeartbeatCodec.version, 1])
        bytes.replaceSubrange(4..<8, with: withUnsafeBytes(of: Tag(of: "c").rawValue.bigEndian, Array.init))
        bytes.replaceSubrange(41..<44, with: [0, 0, 0])
        return Self.broadcast(bytes)
      case .arp:
        var bytes = [UInt8](repeating: 0, count: 60)
        let claim = ARPFrame.announcement(of: vip, at: source, as: .reply)
        bytes.withUnsafeMutableBytes { claim.emit(into: $0) }
        return bytes
      case .icmp:
        var bytes = [UInt8](repeating: 0, count: 60)
        let reply = EchoFrame(
          destination: hardware, source: source, from: vip, to: vip, identifier: 4711 | 1, sequence: 0)
        bytes.withUnsafeMutableBytes { reply.emit(into: $0) }
        bytes[34] = 0
        return bytes
      }
    }

    private static func broadcast(_ payload: [UInt8]) -> [UInt8] {
      var headers = [UInt8](repeating: 0, count: BroadcastHeader.length)
      headers.withUnsafeMutableBytes { BroadcastHeader.emit(into: $0, port: 694, payload: payload.count) }
      return [UInt8](repeating: 0xff, count: 6) + [2, 0, 0, 0, 0, 0x66, 8, 0] + headers + payload
    }
  }

  private struct Outcome {
    var frames = 0
    var beats = 0
    var longestGap = Interval.zero
    /// Of a processor.
    var share = 0.0
  }

  @Test(arguments: Flood.allCases) func beatsGoOnAndOthersHaveTheProcessor(flood: Flood) throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    let configuration = try parse(
      smallest(heartbeat: "keepalive = \"10ms\"\ndeadtime = \"1s\"\nrealtime = false", group: "on_conflict = \"claim\"")
    )
    let keys = KeyRing(signing: Key(id: 1, secret: Array(repeating: 7, count: 32)), keys: [])
    let sniffer = try network.enter { try Sniffer(on: network.index(of: "eth1"), protocolNumber: ETH_P_IP) }
    try network.enter {
      let generation = try Generation(configuration, keys: keys, nodeName: "a", session: 4711, after: nil)
      let notices = try Mailbox<AddressNotice>(capacity: 64)
      let orders = try Mailbox<AddressOrder>(capacity: 64)
      let heartbeats = try HeartbeatThread(
        generation: generation, liveness: ThreadLiveness(), notices: notices, orders: orders)
      let victim = EthernetAddress(rawValue: 0x0200_0000_0001)
      _ = notices.post(
        .probeSource(
          place: 0, index: try network.index(of: "eth0"), hardware: victim, address: IPv4Number(rawValue: 0xc000_020f)))
      _ = notices.post(.surveyed)
      let thread = try Thread(name: "flooded") { heartbeats.run() }
      defer {
        _ = heartbeats.commands.post(.exit)
        thread.join()
        withExtendedLifetime(generation) {}
      }
      let outcome = try suffer(flood.frame(to: victim), from: network.index(of: "eth1"), sniffer)
      print("\(flood): \(outcome)")
      #expect(outcome.frames > 20_000, "the test's own speed")
      #expect(outcome.beats > 60, "of 200")
      #expect(outcome.longestGap < .milliseconds(300))
      #expect(outcome.share < 0.35)
      if flood == .junk { #expect(heartbeats.counters.dropped(.length) >= UInt64(JunkGate.most), "and it has a name") }
    }
  }

  /// Sends for two seconds as fast as possible, and sees what leaves meanwhile.
  private func suffer(
    _ frame: [UInt8], from port: Int32, _ sniffer: borrowing Sniffer
  ) throws -> Outcome {
    let socket = try AnnounceSocket()
    let frames = (0..<64).flatMap { _ in frame }
    let lengths = [Int](repeating: frame.count, count: 64)
    var outcome = Outcome()
    let start = Instant.now
    let before = try Self.processorTime()
    var last = start
    while .now - start < .seconds(2) {
      outcome.frames += frames.withUnsafeBytes { bytes in
        lengths.withUnsafeBufferPointer { lengths in
          socket.send(frames: bytes, stride: frame.count, lengths: lengths.baseAddress!, count: 64, to: port).sent
        }
      }
      while let heard = sniffer.waiting() {
        // Those that are sent here carry another Ethernet address for their source.
        guard heard.count > 44, heard[0] == 0xff, heard[42] == 0x56, heard[11] != 0x66 else { continue }
        outcome.beats += 1
        outcome.longestGap = max(outcome.longestGap, .now - last)
        last = .now
      }
    }
    outcome.longestGap = max(outcome.longestGap, .now - last)
    outcome.share = Double(try Self.processorTime() - before) / Double((.now - start).nanoseconds)
    return outcome
  }

  /// Of the thread under test, in nanoseconds: the first number of its `schedstat` (proc(5)).
  private static func processorTime() throws -> Int64 {
    let deadline = BootClock.now() + 5_000_000_000
    while true {
      for task in try readDirectory("/proc/self/task") where try text(of: "comm", task) == "flooded\n" {
        return try #require(text(of: "schedstat", task).split(separator: " ").first.flatMap { Int64($0) })
      }
      // It gives itself its name.
      try #require(BootClock.now() < deadline, "there is no such thread")
    }
  }

  private static func text(of file: String, _ task: String) throws -> String {
    String(decoding: (try? readFile("/proc/self/task/\(task)/\(file)", limit: 256)) ?? [], as: UTF8.self)
  }

  private static func readDirectory(_ path: String) throws -> [String] {
    guard let directory = opendir(path) else { throw SystemError("open", on: path) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.first?.isNumber == true { names.append(name) }
    }
    return names
  }
}
