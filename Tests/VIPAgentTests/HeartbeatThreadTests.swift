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

/// What the main thread asks of the heartbeat thread and what it hears back; the test is both of its neighbours.
@Suite(.enabled(if: PrivateNetwork.isPossible, "needs root: network namespaces"), .timeLimit(.minutes(1)))
struct HeartbeatThreadTests {
  private static let group = Tag(of: "g")

  private struct Decision: Equatable {
    let request: Request
    let group: GroupIndex
    let refusal: Refusal?
  }

  /// A heartbeat thread of node a, which nobody hears, and its neighbours' ends of its mailboxes.
  private struct Rig {
    let thread: HeartbeatThread
    let notices: Mailbox<AddressNotice>
    let orders: Mailbox<AddressOrder>

    /// The first notice that `choose` makes something of; the others are lost.
    @discardableResult func hear<Result>(_ choose: (HeartbeatNotice) -> Result?) -> Result {
      while true {
        thread.reports.wakeup.clear()
        while let notice = thread.reports.take() {
          if let result = choose(notice) { return result }
        }
        Self.wait(for: thread.reports.wakeup)
      }
    }

    @discardableResult func obey<Result>(_ choose: (AddressOrder) -> Result?) -> Result {
      while true {
        orders.wakeup.clear()
        while let order = orders.take() {
          if let result = choose(order) { return result }
        }
        Self.wait(for: orders.wakeup)
      }
    }

    /// What was decided under the ticket, to its end.
    func decisions(under ticket: UInt32) -> [Decision] {
      var decisions: [Decision] = []
      hear { notice -> Bool? in
        guard case .decided(ticket, let request, let group, let refusal) = notice else { return nil }
        guard let group else { return true }
        decisions.append(Decision(request: request, group: group, refusal: refusal))
        return nil
      }
      return decisions
    }

    private static func wait(for event: borrowing EventDescriptor) {
      var poll = pollfd(fd: event.descriptor.raw, events: Int16(POLLIN), revents: 0)
      Glibc.poll(&poll, 1, -1)
    }
  }

  private func withThread(_ body: (Rig) throws -> Void) throws {
    try withThread(in: try PrivateNetwork(), policy: "claim", body)
  }

  /// - Parameter policy: `on_conflict`.
  private func withThread(
    in network: borrowing PrivateNetwork, policy: String, _ body: (Rig) throws -> Void
  ) throws {
    let configuration = try parse(
      smallest(
        heartbeat: """
          keepalive = "10ms"
          warntime = "20ms"
          deadtime = "40ms"
          initdead = "80ms"
          realtime = false
          """, group: "on_conflict = \"\(policy)\""))
    let keys = KeyRing(signing: Key(id: 1, secret: Array(repeating: 7, count: 32)), keys: [])
    try network.enter {
      let generation = try Generation(configuration, keys: keys, nodeName: "a", session: 4711, after: nil)
      let notices = try Mailbox<AddressNotice>(capacity: 64)
      let orders = try Mailbox<AddressOrder>(capacity: 64)
      let heartbeats = try HeartbeatThread(
        generation: generation, liveness: ThreadLiveness(), notices: notices, orders: orders)
      _ = notices.post(.surveyed)
      let thread = try Thread(name: "heartbeat") { heartbeats.run() }
      defer {
        _ = heartbeats.commands.post(.exit)
        thread.join()
        withExtendedLifetime(generation) {}
      }
      try body(Rig(thread: heartbeats, notices: notices, orders: orders))
    }
  }

  @Test func aRequestIsDecidedUnderItsTicket() throws {
    try withThread { rig in
      let commands = rig.thread.commands
      _ = commands.post(.request(.takeover, Self.group, force: false, ticket: 1))
      _ = commands.post(.request(.standby, .none, force: false, ticket: 2))
      _ = commands.post(.request(.standby, Tag(of: "no such group"), force: false, ticket: 3))
      let refusal = Refusal.notReady(NodeIndex(0), .linkDown)
      #expect(rig.decisions(under: 1) == [Decision(request: .takeover, group: GroupIndex(0), refusal: refusal)])
      #expect(rig.decisions(under: 2) == [Decision(request: .standby, group: GroupIndex(0), refusal: nil)])
      #expect(rig.decisions(under: 3) == [])
    }
  }

  /// What follows from a request at once is told with who has made it; what time does is nobody's.
  @Test func whatARequestMakesIsItsAskers() throws {
    try withThread { rig in
      let asker = Operator(user: 0, login: 1_000, process: 4_711)
      _ = rig.thread.commands.post(.request(.takeover, Self.group, force: false, ticket: 1, by: asker))
      let refused = rig.hear { if case .ordered(.refused, _, let by) = $0 { by } else { nil } }
      #expect(refused == asker)
      _ = rig.thread.commands.post(.toggleStandby(by: asker))
      let toggled = rig.hear { if case .ordered(.onStandby(true), _, let by) = $0 { by } else { nil } }
      #expect(toggled == asker)
      _ = rig.thread.commands.post(.toggleStandby(by: nil))
      rig.hear { if case .report(.onStandby(false), _) = $0 { true } else { nil } }
    }
  }

  @Test func aSnapshotIsTakenIntoTheRoomThatWasGiven() throws {
    try withThread { rig in
      let room = SnapshotRoom()
      _ = rig.thread.commands.post(.snapshot(SnapshotReference(room)))
      let answer = rig.hear { notice -> (SnapshotRoom, Int)? in
        guard case .snapshotTaken(let reference, let number) = notice else { return nil }
        return (reference.room, number)
      }
      #expect(answer.0 === room && answer.1 == 1)
      #expect(room.snapshot.session == 4711 && room.snapshot.life == .running)
      #expect(room.snapshot.nodeCount == 3 && room.snapshot.groupCount == 1)
      #expect(room.snapshot.groups[0].readiness == .linkDown && room.snapshot[1, 0].readiness == .notHeard)
    }
  }

  /// The times of the kernel's work are the address thread's, not those at which it was heard of.
  @Test func aClaimIsFollowedByItsTimeline() throws {
    try withThread { rig in
      _ = rig.notices.post(.hearing)
      _ = rig.notices.post(.linkUp(Self.group))
      let term = rig.obey { if case .hold(Self.group, let term) = $0 { term } else { nil } }
      let confirmed = Instant.now
      _ = rig.notices.post(.added(Self.group, term: term, at: confirmed))
      rig.obey { if case .announce(Self.group, term) = $0 { true } else { nil } }
      let announced = Instant.now
      _ = rig.notices.post(.announced(Self.group, term: term, at: announced))
      let timeline = rig.hear { if case .takeover(let timeline) = $0 { timeline } else { nil } }
      #expect(timeline.group == GroupIndex(0) && timeline.term == term && timeline.from == nil)
      #expect(timeline.claimed < confirmed && timeline.confirmed == confirmed && timeline.announced == announced)
    }
  }

  // MARK: - The wire

  private static let hardware = EthernetAddress(rawValue: 0x0200_0000_0001)

  private func probeSource(_ index: Int32) -> AddressNotice {
    .probeSource(place: 0, index: index, hardware: Self.hardware, address: IPv4Number(rawValue: 0xc000_020f))
  }

  @Test func heartbeatsLeaveFromWhatTheAddressThreadSays() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    try network.add("192.0.2.10/24", to: "eth0")
    try network.add("192.0.2.15/24", to: "eth0")
    let sniffer = try network.enter { try Sniffer(on: network.index(of: "eth1"), protocolNumber: ETH_P_IP) }
    try withThread(in: network, policy: "claim") { rig in
      let unnamed = sniffer.next()
      #expect(unnamed?[26..<30] == [0, 0, 0, 0], "before anything was told")
      _ = rig.notices.post(.source(link: 0, address: IPv4Number(rawValue: 0xc000_020f)))
      let told = rig.hear { if case .sourceChanged(0, let address) = $0 { address } else { nil } }
      #expect(told.rawValue == 0xc000_020f)
      var source: ArraySlice<UInt8> = [0, 0, 0, 0]
      while source == [0, 0, 0, 0] {
        let frame = sniffer.next()
        source = try #require(frame)[26..<30]
      }
      #expect(source == [192, 0, 2, 15])
    }
  }

  /// What cannot be asked has not been silent.
  @Test func nothingIsClaimedWhileNobodyCanBeAsked() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    let index = try network.index(of: "eth0")
    try withThread(in: network, policy: "wait") { rig in
      _ = rig.notices.post(probeSource(0))
      _ = rig.notices.post(.hearing)
      _ = rig.notices.post(.linkUp(Self.group))
      rig.hear { if case .report(.transitioned(_, from: .listening, to: .standby, _, _), _) = $0 { true } else { nil } }
      // It would have claimed after nine probes, 36 ms, and those for its unheard rivals, 64 ms more.
      let isEarly = rig.orders.take(within: .milliseconds(500)) { if case .hold = $0 { true } else { false } }
      #expect(!isEarly)
      _ = rig.notices.post(probeSource(index))
      rig.obey { if case .hold(Self.group, _) = $0 { true } else { nil } }
    }
  }

  /// What a container's device brings says nothing about the wire that was asked.
  @Test func claimsFromAnotherDeviceHoldNothingBack() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    try network.connect("eth2", "eth3")
    let (index, port) = (try network.index(of: "eth0"), try network.index(of: "eth3"))
    try withThread(in: network, policy: "wait") { rig in
      let stranger = try Stranger(on: port)
      defer { stranger.end() }
      _ = rig.notices.post(probeSource(index))
      _ = rig.notices.post(.hearing)
      _ = rig.notices.post(.linkUp(Self.group))
      rig.obey { if case .hold(Self.group, _) = $0 { true } else { nil } }
    }
  }

  /// The other way round: on the device of the address they do.
  @Test func claimsFromTheDevicesOwnWireHoldTheGroupBack() throws {
    let network = try PrivateNetwork()
    try network.connect("eth0", "eth1")
    let (index, port) = (try network.index(of: "eth0"), try network.index(of: "eth1"))
    try withThread(in: network, policy: "wait") { rig in
      let stranger = try Stranger(on: port)
      _ = rig.notices.post(probeSource(index))
      _ = rig.notices.post(.hearing)
      _ = rig.notices.post(.linkUp(Self.group))
      rig.hear { if case .report(.answered(_, by: Stranger.hardware, of: nil), _) = $0 { true } else { nil } }
      let isEarly = rig.orders.take(within: .milliseconds(500)) { if case .hold = $0 { true } else { false } }
      #expect(!isEarly)
      stranger.end()
      rig.obey { if case .hold(Self.group, _) = $0 { true } else { nil } }
    }
  }
}

/// Speaks ARP for the group's address on a device, every millisecond.
private struct Stranger {
  static let hardware = EthernetAddress(rawValue: 0x0200_0000_0066)
  private let stop: Mailbox<Bool>
  private let thread: Thread

  init(on port: Int32) throws {
    let socket = try AnnounceSocket()
    let frame = ARPFrame.announcement(of: IPv4Number(rawValue: 0xc000_020a), at: Self.hardware, as: .reply)
    let stop = try Mailbox<Bool>(capacity: 1)
    self.stop = stop
    thread = try Thread(name: "stranger") {
      while stop.take() == nil {
        withUnsafeTemporaryAllocation(byteCount: ARPFrame.length, alignment: 8) { bytes in
          frame.emit(into: bytes)
          var length = ARPFrame.length
          _ = socket.send(
            frames: UnsafeRawBufferPointer(bytes), stride: ARPFrame.length, lengths: &length, count: 1, to: port)
        }
        poll(nil, 0, 1)
      }
    }
  }

  /// Ends, when it has said its last.
  func end() {
    _ = stop.post(true)
    thread.join()
  }
}

extension Mailbox {
  /// Takes what is posted until something is as wanted; false where nothing was in this time.
  fileprivate func take(within time: Interval, _ isWanted: (Element) -> Bool) -> Bool {
    let end = Instant.now + time
    while .now < end {
      wakeup.clear()
      while let element = take() { if isWanted(element) { return true } }
      var wanted = pollfd(fd: wakeup.descriptor.raw, events: Int16(POLLIN), revents: 0)
      poll(&wanted, 1, Int32(clamping: (end - .now).nanoseconds / 1_000_000 + 1))
    }
    return false
  }
}
