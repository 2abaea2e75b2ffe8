import CKernelBatch
import CLinux
import Glibc
import Lab
import Linux
import Netlink
import Testing

/// One group with many addresses: how long a takeover of all takes, next to what the kernel takes for the same requests.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(3))) struct ManyAddressesTests {
  @Test(arguments: [1, 10, 100, 1_000]) func allAreTakenOver(_ count: Int) throws {
    var config = AgentConfig(keepalive: "20ms", deadtime: "100ms")
    config.groupLines = "on_conflict = \"claim\""
    if count > 1 { config.vips.append("10.9.0.1-\(Self.address(count - 1))/16") }
    try withAgents(config) { rig in
      let kernel = try kernelTime(of: count, on: rig.client)
      let tap = try rig.lab.tap()
      try rig.startBoth()
      try #require(waitForAll(count, from: rig.loadb1, since: .min, tap) != nil)
      let off = BootClock.now()
      try rig.loadb1.host.powerOff()
      let taken = try rig.waitForTaking(by: "loadb2", since: off)
      let announced = try #require(waitForAll(count, from: rig.loadb2, since: off, tap))
      let decision = try rig.loadb2.waitForLine("announced")
      let all = milliseconds(from: taken, to: announced)
      print(
        """
        \(count) addresses: \(listed([all])) ms from the first added to the last one's first announcement; the kernel takes \
        \(listed([kernel.add])) ms to add them, \(listed([kernel.renew])) ms to renew them; \
        ratio \(listed([all / kernel.add])); \(decision)
        """)
      // Whatever the machine is busy with meanwhile, it is not the agent that takes the time.
      #expect(all < 20 * kernel.add + 50)
      let standing = try addresses(of: rig.loadb2.host)
      #expect(standing == count + 1)
      // They stay, so the leases are renewed.
      rig.expectHolder("loadb2", for: .seconds(4))
      #expect(try addresses(of: rig.loadb2.host) == count + 1)
    }
  }

  /// 10.9.0.0 + number.
  private static func address(_ number: Int) -> String { "10.9.\(number >> 8).\(number & 255)" }

  /// When the last of so many addresses was announced for the first time by a host; nil if that does not come.
  private func waitForAll(_ count: Int, from balancer: Balancer, since time: Int64, _ tap: FrameTap) -> Int64? {
    let hardware = balancer.host.hardwareAddress.bytes
    let deadline = BootClock.now() + 20_000_000_000
    var first: [ArraySlice<UInt8>: Int64] = [:]
    while BootClock.now() < deadline {
      let frames = tap.frames
      for frame in frames where frame.time >= time && isGratuitous(frame, from: hardware) {
        first[frame.bytes[28..<32]] = first[frame.bytes[28..<32]] ?? frame.time
      }
      if first.count >= count { return first.values.max() }
      let latest = frames.last?.time ?? .min
      _ = tap.waitForFrame(timeout: .milliseconds(100)) { $0.time > latest }
    }
    return nil
  }

  private func isGratuitous(_ frame: FrameTap.Frame, from hardware: [UInt8]) -> Bool {
    frame.etherType == 0x0806 && frame.bytes.count >= 42 && frame.bytes[6..<12].elementsEqual(hardware)
      && frame.bytes[28..<32].elementsEqual(frame.bytes[38..<42])
  }

  /// Milliseconds that the kernel takes to add and to renew so many addresses, on a host that has no others of them.
  private func kernelTime(of count: Int, on host: Host) throws -> (add: Double, renew: Double) {
    try host.namespace().perform("add addresses") {
      let device = if_nametoindex("eth0")
      let add = kernel_batch_add(device, 0x0a09_8001, UInt32(count))
      let renew = kernel_batch_add(device, 0x0a09_8001, UInt32(count))
      try #require(add > 0 && renew > 0, "errno \(errno)")
      var route = try RouteSocket()
      let all = try route.addresses(of: .v4)
      let mine = all.filter { $0.link == Int32(bitPattern: device) && $0.prefix.description.hasPrefix("10.9.") }
      #expect(mine.count == count)
      try route.remove(mine.reversed())
      return (Double(add) / 1e6, Double(renew) / 1e6)
    }
  }

  /// IPv4 addresses of its eth0.
  private func addresses(of host: Host) throws -> Int {
    try host.namespace().perform("count addresses") {
      var route = try RouteSocket()
      let ethernet = try #require(try route.link(named: "eth0"))
      return try route.addresses(of: .v4).count { $0.link == ethernet.index }
    }
  }
}
