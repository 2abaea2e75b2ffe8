import TakeoverCore

/// A datagram in a socket, with its place in the pool and when it arrived on the host's clock.
struct Unread: BitwiseCopyable {
  let place: Int
  let arrived: Instant
}

/// A host: its power, its clock, its kernel and device, and the two threads of its agent.
package struct Host {
  package let name: String
  /// The Ethernet address that answers for everything that this host's kernel has.
  package let hardware: EthernetAddress
  /// The configuration that the agent runs under, and the one that its file says.
  package internal(set) var cluster: Cluster
  package var file: Cluster
  package internal(set) var clock: HostClock
  package internal(set) var core: TakeoverCore?

  // The machine.
  package internal(set) var isUp = true
  var pausedUntil = Instant.origin
  var hasCarrier = true
  /// The device that carries heartbeats is up.
  var hasHearing = true
  package internal(set) var kernel: Kernel
  /// How long the kernel takes to add or remove addresses, if other than the world's others.
  package var addTakes: Schedule.Range?
  package var removeTakes: Schedule.Range?
  /// How often chance was asked, by subject.
  var asked: InlineArray<5, UInt64> = .init(repeating: 0)

  // The agent.
  /// Counts lives: what a former one has begun is nobody's any more.
  var life: UInt32 = 0
  var carrierSince = Instant.origin
  /// Since when the whole machine stands still, and its clock with it.
  var frozenSince: Instant?
  var session: UInt64 = 0
  package internal(set) var isLeaving = false
  /// Told to restart: its addresses are its successor's.
  var isKeeping = false
  package internal(set) var finishedAt: Instant?

  // The heartbeat thread.
  var beatsBlockedUntil = Instant.origin
  /// How late its timers may come.
  var lateness: Interval = .microseconds(50)
  /// When it last did what was due, on the host's clock.
  var ranAt = Instant.origin
  /// What the core was told about its devices.
  var knowsLink = false
  var knowsHearing = false
  /// The deadline for which its timer is set.
  var armedFor = Instant.never
  /// Datagrams and frames that wait in its sockets.
  var waiting = 0
  /// Datagrams that it leaves there until it is woken up by something else.
  var unread: [Unread] = []

  /// Notices and commands that wait in its mailboxes, in the order in which they were posted.
  var mailbox: [Occurrence] = []

  var thread: AddressThread
  /// What each group was last reported to be.
  package internal(set) var roles: [GroupReport.Role]
  /// The claim of each group that the core was told is in the kernel.
  var confirmed: [UInt64]
  /// A bit a group: found at the start but not told to the core yet; removed by somebody else and not put back yet.
  var untold: UInt32 = 0
  var robbed: UInt32 = 0
  /// A bit a group: the kernel has refused it and has none of it any more, and the core was not told yet.
  var refused: UInt32 = 0
  /// No probe leaves it.
  var isUnaskable = false
  /// To which host each group is being handed over.
  var target: [Int?]
  package internal(set) var isOnStandby = false
  /// A bit a group: the operator wants the node not to take it.
  var standsBy: UInt32 = 0
  /// The number of each of the core's groups in the world, and the reverse.
  var numbers: [UInt8] = []
  /// A bit a group: the core has it under its other name.
  var renamed: UInt32 = 0

  init(name: String, hardware: EthernetAddress, cluster: Cluster, clock: HostClock, groups: Int) {
    self.name = name
    self.hardware = hardware
    self.cluster = cluster
    file = cluster
    self.clock = clock
    kernel = Kernel(groups: groups)
    thread = AddressThread(groups: groups)
    roles = Array(repeating: .listening, count: groups)
    confirmed = Array(repeating: 0, count: groups)
    target = Array(repeating: nil, count: groups)
  }

  /// Asks the core in its place: an optional chain copies it for a question that changes nothing.
  @inline(__always) mutating func askCore<Answer>(_ question: (inout TakeoverCore) -> Answer) -> Answer? {
    guard core != nil else { return nil }
    return question(&core!)
  }

  /// Nothing of the agent's heartbeat thread is run before.
  var heldUpUntil: Instant { max(pausedUntil, beatsBlockedUntil) }

  func index(ofGroup number: Int) -> GroupIndex? {
    numbers.firstIndex(of: UInt8(number)).map { GroupIndex($0) }
  }

  func lease(ofGroup number: Int) -> Interval? {
    numbers.firstIndex(of: UInt8(number)).flatMap { cluster.groups[$0].lease }
  }
}
