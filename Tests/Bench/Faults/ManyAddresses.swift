import Glibc
import Lab
import Linux
import Netlink

/// Power loss of a host with many addresses: from the first address that the other adds to the first announcement of
/// the last one.
enum ManyAddresses {
  static func play(_ rig: Rig, _ sample: inout Sample) throws {
    let kernel = try kernelAlone(rig, sample.addresses)
    try rig.startBoth()
    let count = sample.addresses
    try waitForAll(count, on: rig.nodes[0].host)
    // Both have had their say, and what it costs to listen to a thousand messages is not to be measured.
    rig.watch.stop()
    let tap = try WireTap(on: rig.lab.network)
    defer { tap.stop() }
    let sight = try FirstSight(on: rig.nodes[1].host)
    rig.awaitPhase()
    let start = BootClock.now()
    try rig.nodes[0].host.powerOff()
    let end = start + (.seconds(30) + rig.pace.silence).nanoseconds
    var announced: [Int64] = []
    while announced.count < count, BootClock.now() < end {
      pause(.milliseconds(count > 1 && rig.contender == .heartbeat ? 1000 : 200))
      announced = firstAnnouncements(tap.frames.filter { $0.sender == 1 && $0.time >= start })
    }
    guard let added = sight.firstAdded, let first = announced.first, let last = announced.last else {
      throw BenchError("loadb2 announced nothing\(rig.nodes[1].words)")
    }
    guard announced.count >= count else {
      throw BenchError("loadb2 announced \(announced.count) of \(count) addresses\(rig.nodes[1].words)")
    }
    // A processor that has to wake up to see the address can be later than the announcement.
    sample.values["first_ms"] = max(0, Double(first - added) / 1e6)
    sample.values["all_ms"] = max(0, Double(last - added) / 1e6)
    sample.values["kernel_ms"] = kernel
    sample.values["kernel_ratio"] = max(0, Double(last - added) / 1e6) / kernel
    sample.values["served_ms"] = Double(last - start) / 1e6
  }

  /// When each shared address was announced for the first time, in the order of time.
  private static func firstAnnouncements(_ frames: [WireTap.Frame]) -> [Int64] {
    var seen: Set<UInt32> = []
    return frames.filter { $0.announced != 0 && $0.announced >> 8 != 0x0a4d_ff && seen.insert($0.announced).inserted }
      .map(\.time)
  }

  private static func waitForAll(_ count: Int, on host: Host) throws {
    for _ in 0..<300 {
      if try host.addresses().count(where: { $0.prefix.length == 16 }) > count { return }
      pause(.milliseconds(100))
    }
    throw BenchError("\(host.name) has not got all \(count) addresses")
  }

  /// What the kernel alone takes to add so many, in as few system calls as possible: milliseconds.
  private static func kernelAlone(_ rig: Rig, _ count: Int) throws -> Double {
    let host = try rig.lab.addHost("kernel", try Rig.prefix("10.77.255.200/16"))
    try host.boot()
    defer { try? host.powerOff() }
    let prefixes = try (0..<count).map { try Rig.prefix(Rig.vip($0)) }
    return try host.namespace().perform("add \(count) addresses") {
      var route = try RouteSocket()
      guard let ethernet = try route.link(named: "eth0") else { throw BenchError("no eth0") }
      let addresses = prefixes.map { InterfaceAddress(prefix: $0, link: ethernet.index) }
      let start = BootClock.now()
      try route.add(addresses, replacing: false)
      return Double(BootClock.now() - start) / 1e6
    }
  }
}
