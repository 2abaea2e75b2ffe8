import Glibc
import Lab
import Linux
import Netlink
import Testing

/// What the kernel makes of an address's lifetime: the ground that the lease stands on.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(1))) struct FaultLeaseTests {
  /// What the agent takes off a lease (`Leases.margin`): by then the kernel still has the address, surely.
  private static let margin = 50.0
  private static let lifetimes: [UInt32] = [1, 2, 3, 5]
  private static let runs = 20

  @Test func theKernelEndsAnAddressAfterItsLifetimeAndNotBefore() throws {
    try withLab { lab in
      let host = try lab.bootHost("loadb1", "195.46.64.15/24")
      let ages = try host.namespace().perform("measure lifetimes") { try Self.measure() }
      for lifetime in Self.lifetimes {
        let measured = ages.filter { $0.lifetime == lifetime }.map(\.age).sorted()
        try #require(measured.count == Self.runs)
        print(
          "lifetime \(lifetime) s: gone after \(listed([measured[0]])) … \(listed([measured[Self.runs - 1]])) ms, "
            + "median \(listed([measured[Self.runs / 2]])) ms of \(Self.runs)")
        #expect(measured[0] > Double(lifetime) * 1000 - Self.margin)
        // Up to a second late by the kernel's own rounding; the rest is for a busy machine.
        #expect(measured[Self.runs - 1] < Double(lifetime) * 1000 + 2000)
      }
    }
  }

  @Test func renewalNeverDropsAnAddress() throws {
    let lifetime: UInt32 = 1
    try withLab { lab in
      let host = try lab.bootHost("loadb1", "195.46.64.15/24")
      let watch = try lab.watchHolders(of: try #require(IPAddress("195.46.64.21")))
      for _ in 0..<20 {
        try host.namespace().perform("renew") {
          var route = try RouteSocket()
          let address = try Self.address("195.46.64.21/24", lifetime, on: &route)
          #expect(try route.add([address], replacing: true).isEmpty)
        }
        _ = watch.waitUntil(timeout: .milliseconds(Int(lifetime) * 250)) { _ in false }
      }
      #expect(watch.holdings.count == 1)
      #expect(watch.holders == ["loadb1"])
    }
  }

  private static func address(
    _ text: String, _ lifetime: UInt32, on route: inout RouteSocket
  ) throws -> InterfaceAddress {
    InterfaceAddress(
      prefix: try #require(IPPrefix(text)), link: try #require(try route.link(named: "eth0")).index,
      validLifetime: lifetime, preferredLifetime: lifetime)
  }

  /// Adds addresses in all phases of the clock, and notes how old each becomes, in milliseconds from before it was
  /// asked for.
  private static func measure() throws -> [(lifetime: UInt32, age: Double)] {
    var monitor = try RouteMonitor()
    var route = try RouteSocket()
    let poller = try Poller()
    try poller.watch(monitor.descriptor, as: 0)
    var born: [IPPrefix: (lifetime: UInt32, time: Int64)] = [:]
    var ages: [(lifetime: UInt32, age: Double)] = []
    func take() throws {
      _ = try monitor.read { event in
        guard case .addressRemoved(let address) = event, let birth = born[address.prefix] else { return }
        ages.append((birth.lifetime, milliseconds(from: birth.time)))
      }
    }
    for run in 0..<runs {
      for lifetime in lifetimes {
        let address = try address("10.\(lifetime).\(run).1/32", lifetime, on: &route)
        born[address.prefix] = (lifetime, BootClock.now())
        #expect(try route.add([address], replacing: false).isEmpty)
      }
      let next = BootClock.now() + 63_000_000
      while BootClock.now() < next {
        poller.wait(timeoutMilliseconds: Int32(max(1, (next - BootClock.now()) / 1_000_000))) { _ in }
        try take()
      }
    }
    let end = BootClock.now() + 8_000_000_000
    while ages.count < born.count, BootClock.now() < end {
      poller.wait(timeoutMilliseconds: 100) { _ in }
      try take()
    }
    return ages
  }
}
