import Glibc
import Lab
import Linux
import Netlink
import Testing

/// What a packet filter does to a host (`nft(8)`): a fault that leaves the link up.
struct PacketFilter {
  fileprivate let rules: String

  /// Heartbeats that arrive are dropped: all, or so many percent at random. ARP passes.
  static func heartbeats(lost percent: Int = 100) -> PacketFilter {
    table("ip", "input", "udp dport 694 \(chance(percent)) drop")
  }

  /// Every frame that arrives is dropped with this probability, before anybody hears it.
  static func frames(lost percent: Int) -> PacketFilter {
    table("netdev", "ingress device eth0", "\(chance(percent)) drop")
  }

  /// Nothing arrives from this host.
  static func everything(from host: Host) -> PacketFilter {
    table("netdev", "ingress device eth0", "ether saddr \(host.hardwareAddress) drop")
  }

  private static func chance(_ percent: Int) -> String {
    percent < 100 ? "numgen random mod 100 < \(percent)" : ""
  }

  private static func table(_ family: String, _ hook: String, _ rule: String) -> PacketFilter {
    PacketFilter(rules: "table \(family) faults { chain arriving { type filter hook \(hook) priority 0; \(rule); }; };")
  }
}

extension Host {
  /// From now on this filter and no other is in force; nil is none.
  func filter(_ filter: PacketFilter?) throws {
    let nft = try start("/usr/sbin/nft", ["flush ruleset; \(filter?.rules ?? "")"])
    try #require(nft.waitForExit(timeout: .seconds(10)) == .code(0), "\(nft.lines.map(\.text))")
  }

  /// Removes an address, as `ip address del` does; whether it was there.
  @discardableResult
  func erase(_ prefix: IPPrefix) throws -> Bool {
    try namespace().perform("erase \(prefix)") {
      var route = try RouteSocket()
      guard let ethernet = try route.link(named: "eth0") else { return false }
      return try route.remove([InterfaceAddress(prefix: prefix, link: ethernet.index)]).isEmpty
    }
  }

  private func onEthernet<Result>(_ what: String, _ body: (inout RouteSocket, Link) throws -> Result) throws -> Result {
    try namespace().perform(what) {
      var route = try RouteSocket()
      return try body(&route, try #require(try route.link(named: "eth0")))
    }
  }

  /// Gives `eth0` another Ethernet address.
  func setHardwareAddress(_ address: HardwareAddress) throws {
    try onEthernet("set the Ethernet address") { route, link in try route.setHardwareAddress(link.index, address) }
  }

  /// Removes the routes that the kernel has made for the addresses of `eth0`, as `ip route flush dev eth0` does.
  func flushKernelRoutes() throws {
    try onEthernet("flush the routes") { route, link in
      for connected in try route.routes()
      where connected.link == link.index && connected.isKernels && connected.isUnicast {
        try route.remove(connected)
      }
    }
  }

  /// The way a packet takes.
  func route(to target: IPAddress) throws -> Route? {
    try onEthernet("look up a route") { route, _ in try route.route(to: target) }
  }

  /// Adds a default route and another one by this gateway; all routes that somebody has added.
  func addStaticRoutes(by gateway: IPAddress) throws -> [Route] {
    try onEthernet("add routes") { socket, link in
      for (target, metric) in [(nil, 100), ("10.9.0.0/16", 0)] as [(String?, UInt32)] {
        var route = try #require(try socket.routes().first { $0.link == link.index && $0.isUnicast })
        route.destination = target.flatMap { IPPrefix($0) }
        // By an administrator (RTPROT_BOOT), to everywhere.
        (route.source, route.origin, route.scope, route.metric, route.gateway) = (nil, 3, 0, metric, gateway)
        try socket.add(route)
      }
    }
    return try staticRoutes()
  }

  /// All routes that the kernel has not made by itself.
  func staticRoutes() throws -> [Route] {
    try onEthernet("list the routes") { route, _ in try route.routes().filter { !$0.isKernels } }
  }

  /// Makes `eth0` a port of a new bridge that is up, or of nothing again, and the bridge goes.
  func enslave(to bridge: String?) throws {
    try namespace().perform("change the master of eth0") {
      var route = try RouteSocket()
      let eth0 = try #require(try route.link(named: "eth0"))
      if let bridge {
        let master = try route.createBridge(bridge)
        try route.setUp(master.index, true)
        try route.setMaster(eth0.index, master.index)
      } else if let master = eth0.master {
        try route.setMaster(eth0.index, nil)
        try route.removeLink(master)
      }
    }
  }

  /// Gives a device another name.
  func rename(_ device: String, to name: String) throws {
    try namespace().perform("rename \(device)") {
      var route = try RouteSocket()
      try route.rename(try #require(try route.link(named: device)).index, to: name)
    }
  }
}

extension AgentRig {
  /// Lets time pass in which this host alone has the shared address.
  func expectHolder(_ name: String, for duration: Duration) {
    let isOther = watch.waitUntil(timeout: duration) { $0 != [name] }
    #expect(!isOther, "expected \(name) alone for \(duration), had \(watch.holdings)\n\(transcript)")
  }

  /// Waits until a host has the address, with whomever.
  /// - Returns: when it took it.
  @discardableResult
  func waitForTaking(by name: String, since time: Int64, within bound: Duration = .seconds(10)) throws -> Int64 {
    let isTaken = watch.waitForHoldings(timeout: bound) { $0.contains { $0.host == name && $0.start >= time } }
    guard isTaken, let taking = watch.holdings.first(where: { $0.host == name && $0.start >= time }) else {
      throw NotInTime("\(name) takes the shared address; was: \(watch.holdings)")
    }
    return taking.start
  }

  /// No two hosts had the address for longer than a hand-over takes: about a millisecond, and more on a busy machine, but
  /// never as long as two owners would need to find out about each other, a keepalive.
  func expectNoOverlap(since time: Int64 = .min) {
    #expect(overlaps(since: time).allSatisfy { $0 < 50 }, "both had it, ms: \(listed(overlaps(since: time)))")
  }

  /// How often the address has gone from one host to another since.
  func moves(since time: Int64 = .min) -> Int {
    let hosts = watch.holdings.map { (host: $0.host, start: $0.start) }
    return zip(hosts, hosts.dropFirst()).count { $0.host != $1.host && $1.start >= time }
  }

  /// Heartbeats, or all frames, are lost between the two load balancers as `filter` says; nil ends that.
  func filterBoth(_ filter: (_ peer: Balancer) -> PacketFilter?) throws {
    for balancer in [loadb1, loadb2] { try balancer.host.filter(filter(peer(of: balancer))) }
  }
}

/// Milliseconds from one time of `BootClock` to another.
func milliseconds(from start: Int64, to end: Int64 = BootClock.now()) -> Double { Double(end - start) / 1e6 }
