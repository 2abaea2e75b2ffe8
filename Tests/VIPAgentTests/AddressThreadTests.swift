import CLinux
import Glibc
import Linux
import Netlink
import TakeoverCore
import Testing
import struct TakeoverCore.Tag

@testable import Addresses
@testable import Configuration
@testable import Engine
@testable import Log
@testable import Support
@testable import Wire

/// What the heartbeat thread orders of the address thread and what it hears back; the test is the heartbeat thread.
@Suite(.enabled(if: PrivateNetwork.isPossible, "needs root: network namespaces"), .timeLimit(.minutes(1)))
struct AddressThreadTests {
  static let group = Tag(of: "g")

  /// An address thread of node a, and its neighbour's ends of its mailboxes.
  struct Rig {
    let orders: Mailbox<AddressOrder>
    let notices: Mailbox<AddressNotice>
    let liveness: ThreadLiveness
    let generation: Generation

    func order(_ order: AddressOrder) { #expect(orders.post(order)) }

    /// The first notice that `choose` makes something of; the others are lost.
    @discardableResult func hear<Result>(_ choose: (AddressNotice) -> Result?) -> Result {
      while true {
        notices.wakeup.clear()
        while let notice = notices.take() {
          if let result = choose(notice) { return result }
        }
        _ = becomesReadable(notices.wakeup.descriptor.raw)
      }
    }

    /// Whether the kernel was found to have the group's addresses for this claim.
    func isHeld(for claim: UInt64, by group: Tag = AddressThreadTests.group) -> Bool {
      hear { notice in
        switch notice {
        case .added(group, claim, _): true
        case .failed(group, claim): false
        default: nil
        }
      }
    }
  }

  func withThread(
    in network: borrowing PrivateNetwork, _ configuration: String = smallest(heartbeat: "realtime = false"),
    _ body: (Rig) throws -> Void
  ) throws {
    let keys = KeyRing(signing: Key(id: 1, secret: Array(repeating: 7, count: 32)), keys: [])
    try network.enter {
      let generation = try Generation(
        try parse(configuration), keys: keys, nodeName: "a", session: 4711, after: nil)
      let pipe = try Pipe()
      let log = try Log(to: pipe.writer, node: "a", journalStream: nil)
      let liveness = ThreadLiveness()
      let addresses = try AddressThread(generation: generation, liveness: liveness, log: log)
      let thread = try Thread(name: "addresses") { addresses.run() }
      defer {
        _ = addresses.orders.post(.exit)
        thread.join()
        log.close(flushWithin: 10_000)
        withExtendedLifetime(generation) {}
      }
      try body(Rig(orders: addresses.orders, notices: addresses.notices, liveness: liveness, generation: generation))
    }
  }

  func addresses(in network: borrowing PrivateNetwork) throws -> [String] {
    try network.enter {
      var route = try RouteSocket()
      return try route.addresses(of: .v4).map { "\($0.prefix)" }
    }
  }

  /// A reload may order the same claim again before its refusal was heard of. Its node gives the claim up, and would
  /// neither serve nor remove what came of the second order.
  @Test func aClaimThatWasRefusedStaysRefused() throws {
    let network = try PrivateNetwork()
    try withThread(in: network) { rig in
      rig.hear { if case .surveyed = $0 { true } else { nil } }
      rig.order(.hold(Self.group, term: 1))
      #expect(!rig.isHeld(for: 1))
      // What made the kernel refuse it is over.
      try network.connect("eth0", "eth1")
      rig.hear { if case .linkUp(Self.group) = $0 { true } else { nil } }
      rig.order(.hold(Self.group, term: 1))
      #expect(!rig.isHeld(for: 1))
      #expect(try addresses(in: network) == [])
      rig.order(.hold(Self.group, term: 2))
      #expect(rig.isHeld(for: 2))
      #expect(try addresses(in: network) == ["192.0.2.10/24"])
    }
    #expect(try addresses(in: network) == [], "the thread's end")
  }

  /// The parent of a macvlan that has all the addresses: its kernel answers for them there, too.
  @Test func aDeviceWithoutAddressesMayAnswer() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    try network.add("192.0.2.15/24", to: "eth0")
    let other = try network.index(of: "eth1")
    try withThread(in: network) { rig in
      let place = rig.hear { notice -> Int? in
        switch notice {
        case .probeSource(let place, other, let hardware, let address) where hardware != .zero && address == .any: place
        case .surveyed: -1
        default: nil
        }
      }
      #expect(place == rig.generation.devices.count)
    }
  }

  // MARK: - Where heartbeats come from

  private static func number(_ last: UInt8) -> IPv4Number { IPv4Number(rawValue: 0xc000_0200 + UInt32(last)) }

  /// What is told next of the source of heartbeats.
  private func source(_ rig: Rig) -> IPv4Number {
    rig.hear { if case .source(0, let address) = $0 { address } else { nil } }
  }

  /// What is told next that is not what it was.
  private func source(_ rig: Rig, after former: IPv4Number) -> IPv4Number {
    rig.hear { if case .source(0, let address) = $0, address != former { address } else { nil } }
  }

  /// Neither the group's address nor another agent's is an address of the host's own. What it has chosen it chooses
  /// anew with every change.
  @Test func heartbeatsLeaveFromAnAddressOfTheDevicesOwn() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    try network.add("192.0.2.10/24", to: "eth0")
    try network.add("192.0.2.99/24", to: "eth0", protocolTag: AddressMarks.tag)
    try network.add("10.7.0.11/24", to: "eth1")
    try withThread(in: network) { rig in
      #expect(source(rig) == .any)
      try network.add("192.0.2.15/24", to: "eth0")
      #expect(source(rig, after: .any) == Self.number(15), "a secondary one is better than none")
      try network.add("198.51.100.15/24", to: "eth0")
      #expect(source(rig, after: Self.number(15)).rawValue == 0xc633_640f, "the first of its subnet is better")
      try network.remove("198.51.100.15/24", from: "eth0")
      #expect(source(rig, after: IPv4Number(rawValue: 0xc633_640f)) == Self.number(15))
      try network.remove("192.0.2.15/24", from: "eth0")
      #expect(source(rig, after: Self.number(15)) == .any)
    }
  }

  /// Whether the node can hear is told in order with all else: the last word before `marker`.
  private func isHearing(_ rig: Rig, until marker: (AddressNotice) -> Bool) -> Bool? {
    var isHearing: Bool?
    rig.hear { notice -> Bool? in
      switch notice {
      case .hearing: isHearing = true
      case .deaf: isHearing = false
      default: break
      }
      return marker(notice) ? true : nil
    }
    return isHearing
  }

  private static func isSurveyed(_ notice: AddressNotice) -> Bool { if case .surveyed = notice { true } else { false } }

  /// A node is not ready before its heartbeat device has an address of its own, and stays so when it loses it.
  @Test func aDeviceThatGetsItsAddressLaterIsWaitedFor() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    try withThread(in: network) { rig in
      #expect(isHearing(rig, until: Self.isSurveyed) == false)
      try network.add("192.0.2.15/24", to: "eth0")
      #expect(isHearing(rig) { if case .hearing = $0 { true } else { false } } == true)
      try network.remove("192.0.2.15/24", from: "eth0")
      #expect(source(rig, after: Self.number(15)) == .any)
      // A change of the link tells it all again.
      try network.change("eth1") { route, index throws(NetlinkError) in try route.setUp(index, false) }
      #expect(isHearing(rig) { if case .linkDown = $0 { true } else { false } } == nil)
      try network.change("eth1") { route, index throws(NetlinkError) in try route.setUp(index, true) }
      #expect(isHearing(rig) { if case .hearing = $0 { true } else { false } } == true)
    }
  }

  @Test func aDeviceWithoutAddressesByDesignIsNotWaitedFor() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    let configuration = smallest(heartbeat: "realtime = false\nunnumbered = true")
    try withThread(in: network, configuration) { rig in
      #expect(isHearing(rig, until: Self.isSurveyed) == true)
    }
  }

  /// Its agent was restarted while the DHCP server is away.
  @Test func aHostThatHasServedBeforeIsNotWaitedFor() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    try network.add("192.0.2.10/24", to: "eth0", protocolTag: AddressMarks.tag)
    try withThread(in: network) { rig in
      #expect(isHearing(rig, until: Self.isSurveyed) == true)
    }
  }

  /// Nobody answers ARP on the loopback device: it is told as one that cannot be asked.
  @Test(arguments: ["eth0", "lo", "absent"]) func onlyADeviceWithARPCanBeAsked(device: String) throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    try network.add("192.0.2.15/24", to: "eth0")
    try network.change("lo") { route, index throws(NetlinkError) in try route.setUp(index, true) }
    let index = device == "absent" ? 0 : try network.index(of: device)
    let configuration = smallest(heartbeat: "realtime = false").replacing("dev = \"eth0\"", with: "dev = \"\(device)\"")
    try withThread(in: network, configuration) { rig in
      let probeSource = rig.hear { notice -> ProbeSocket.ProbeSource? in
        guard case .probeSource(0, let index, let hardware, let address) = notice else { return nil }
        return ProbeSocket.ProbeSource(index: index, hardware: hardware, address: address)
      }
      #expect(probeSource.index == (device == "eth0" ? index : 0))
      #expect((probeSource.hardware == .zero) == (device != "eth0"))
    }
  }

  // MARK: - Many addresses

  /// A group of so many addresses, from 10.9.0.1 on, and one more of another device.
  private static func large(_ count: Int, and other: String? = nil) -> String {
    let last = address(count).map(String.init).joined(separator: ".")
    let vip = other.map { "\n[[group.vip]]\naddress = \"192.0.2.11/24\"\ndev = \"\($0)\"\n" }
    return smallest(heartbeat: "realtime = false", vip: "broadcast = \"none\"")
      .replacing("192.0.2.10/24", with: "10.9.0.1-\(last)/16") + (vip ?? "")
  }

  /// 10.9.0.0 + number.
  private static func address(_ number: Int) -> [UInt8] { [10, 9, UInt8(number >> 8), UInt8(number & 255)] }

  /// The other end of eth0's wire.
  func listen(in network: borrowing PrivateNetwork) throws -> Sniffer {
    let port = try network.index(of: "eth1")
    return try network.enter { try Sniffer(on: port, protocolNumber: ETH_P_ARP) }
  }

  /// An announcement as it is heard.
  private struct Heard: Equatable {
    /// 1 is a request, 2 a reply.
    let form: UInt8
    let address: [UInt8]

    init(_ form: UInt8, _ address: [UInt8]) { (self.form, self.address) = (form, address) }
  }

  private static let marker = Heard(1, [192, 0, 2, 99])

  /// Sends what is none of the group's, behind everything that has left.
  private func mark(in network: borrowing PrivateNetwork) throws {
    let link = try network.index(of: "eth0")
    let announcement = Announcement(address: IPv4Number(rawValue: 0xc000_0263), link: link)
    let batch = try network.enter { try AnnouncementBatch() }
    var devices = Devices()
    _ = devices.replace(with: try network.enter { try links() })
    #expect(batch.send([announcement], from: 0, as: .request, by: devices).taken == 1)
  }

  private func links() throws -> [Link] {
    var route = try RouteSocket()
    return try route.links()
  }

  /// What is announced until `last` is.
  private func announcements(_ sniffer: borrowing Sniffer, until last: Heard) throws -> [Heard] {
    var heard: [Heard] = []
    while true {
      let next = sniffer.next()
      let frame = try #require(next, "\(heard.count) announcements, none of \(last)")
      guard frame.count >= 42, frame[28..<32] == frame[38..<42] else { continue }
      heard.append(Heard(frame[21], Array(frame[28..<32])))
      if heard.last == last { return heard }
    }
  }

  private func forms(_ form: UInt8, of numbers: ClosedRange<Int>) -> [Heard] {
    numbers.map { Heard(form, Self.address($0)) }
  }

  /// What is confirmed is announced while the next are added: the first of a thousand need not wait for the last.
  @Test func manyAreAnnouncedAsTheyAreConfirmed() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    let sniffer = try listen(in: network)
    try withThread(in: network, Self.large(1_000)) { rig in
      rig.hear { if case .surveyed = $0 { true } else { nil } }
      rig.liveness.beat(at: BootClock.now())
      rig.order(.hold(Self.group, term: 1))
      #expect(rig.isHeld(for: 1))
      // The same claim anew, as after a reload: whether it is to be announced only the heartbeat thread knows.
      rig.order(.hold(Self.group, term: 1))
      #expect(rig.isHeld(for: 1))
      try mark(in: network)
      // Seven chunks of 128 have left; the rest waits for the heartbeat thread's word.
      let ahead = try announcements(sniffer, until: Self.marker)
      #expect(ahead.dropLast() == forms(1, of: 1...896)[...])
      rig.liveness.beat(at: BootClock.now())
      rig.order(.hold(Self.group, term: 2))
      #expect(rig.isHeld(for: 2))
      rig.order(.announce(Self.group, term: 2))
      let all = try announcements(sniffer, until: Heard(2, Self.address(1_000)))
      #expect(all == forms(1, of: 1...1_000) + forms(2, of: 1...1_000))
      rig.hear { if case .announced(Self.group, 2, _) = $0 { true } else { nil } }
    }
  }

  /// A node whose heartbeats are late may be dead for the others: it must not speak for the addresses unasked.
  @Test func nothingIsAnnouncedUnaskedWhenTheHeartbeatsAreLate() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    let sniffer = try listen(in: network)
    try withThread(in: network, Self.large(1_000)) { rig in
      rig.hear { if case .surveyed = $0 { true } else { nil } }
      rig.liveness.beat(at: BootClock.now() - 3_600_000_000_000)
      rig.order(.hold(Self.group, term: 1))
      #expect(rig.isHeld(for: 1))
      try mark(in: network)
      let unasked = try announcements(sniffer, until: Self.marker)
      #expect(unasked == [Self.marker])
      rig.order(.announce(Self.group, term: 1))
      let asked = try announcements(sniffer, until: Heard(1, Self.address(1_000)))
      #expect(asked == forms(1, of: 1...1_000))
    }
  }

  /// A claim can be refused when much of it has been announced: none of it stays, and nothing more is said of it.
  @Test func nothingStaysOfAClaimThatIsRefusedHalfWay() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    let sniffer = try listen(in: network)
    try network.connect("eth2", "eth3")
    let device = try network.index(of: "eth2")
    try withThread(in: network, Self.large(5_000, and: "eth2")) { rig in
      rig.hear { if case .surveyed = $0 { true } else { nil } }
      rig.liveness.beat(at: BootClock.now())
      rig.order(.hold(Self.group, term: 1))
      let first = try announcements(sniffer, until: Heard(1, Self.address(1)))
      #expect(first == forms(1, of: 1...1))
      // Thousands are still to be added when the last one's device goes.
      try network.enter {
        var route = try RouteSocket()
        try route.removeLink(device)
      }
      #expect(!rig.isHeld(for: 1))
      #expect(try addresses(in: network) == [])
      rig.order(.announce(Self.group, term: 1))
      rig.order(.letGo(Self.group))
      rig.hear { if case .removed(Self.group) = $0 { true } else { nil } }
      try mark(in: network)
      let heard = try announcements(sniffer, until: Self.marker).dropLast()
      #expect(heard == forms(1, of: 2...4_992).prefix(heard.count))
    }
  }
}
