@testable import TakeoverCore

/// A node of a trial: a core, and a kernel that does what it is told a little later.
struct Host {
  /// What became of an order to the kernel. By tag: after a reload the group may stand elsewhere.
  enum Completion {
    case added(Tag, term: UInt64)
    case failed(Tag, term: UInt64)
    case removed(Tag)
    case announced(Tag, term: UInt64)
  }

  let name: String
  /// The Ethernet address that answers for everything that this host's kernel has.
  let hardware: EthernetAddress
  var cluster: Cluster
  /// Nil while the agent does not run.
  var core: TakeoverCore?
  /// Counts starts: what a former life ordered is not reported to the next.
  var life = 0
  /// What the host's clock shows at the trial's origin. No two hosts agree on it.
  let clock: Interval
  /// Until then the agent is not run.
  var stalledUntil = Instant.origin
  /// Until then not one of its threads is run.
  var suspendedUntil = Instant.origin
  /// When the heartbeat thread last did what was due.
  var ranAt = Instant.origin
  var finishedAt: Instant?

  var addTakes = Interval.milliseconds(1)
  var announceTakes = Interval.microseconds(200)
  var removeTakes = Interval.milliseconds(1)
  /// The groups whose addresses the kernel has, and when it ends those that have a lease.
  var holds: Set<Tag> = []
  var leaseEnds: [Tag: Instant] = [:]
  /// What the address thread renews: which of its orders it last fulfilled for a group. Another number, another lease.
  var renews: [Tag: Int] = [:]
  /// Groups whose addresses an earlier life has left, until the core is told of them.
  var untold: Set<Tag> = []
  /// Groups whose addresses somebody else has removed, until they are put back.
  var robbed: Set<Tag> = []
  /// Whether the host's kernel runs; it does so without the agent.
  var isUp = false
  /// Whether the kernel answers ICMP echoes.
  var answersEchoes = true
  /// The groups whose addresses the kernel refuses.
  var refuses: Set<Tag> = []
  /// The kernel does one thing after the other.
  private(set) var kernelIsFreeAt = Instant.origin
  /// What each group was last reported to be, and what was dropped why.
  var roles: [Tag: GroupReport.Role] = [:]
  var drops: [DropReason: Int] = [:]
  /// The groups that it is handing over.
  var handsOver: Set<Tag> = []

  init(name: String, hardware: EthernetAddress, cluster: Cluster, clock: Interval) {
    self.name = name
    self.hardware = hardware
    self.cluster = cluster
    self.clock = clock
  }

  /// The host's own time.
  func local(_ now: Instant) -> Instant { now + clock }

  /// When the core wants to be called by itself, on the trial's clock.
  var deadline: Instant {
    guard let core, core.nextDeadline != .never else { return .never }
    return max(core.nextDeadline + Interval(nanoseconds: -clock.nanoseconds), stalledUntil)
  }

  func index(of group: Tag) -> GroupIndex? {
    cluster.groups.firstIndex { $0.tag == group }.map { GroupIndex($0) }
  }

  func tag(_ group: GroupIndex) -> Tag { cluster.groups[Int(group.position)].tag }

  /// When an order given now is done.
  mutating func order(taking time: Interval, at now: Instant) -> Instant {
    kernelIsFreeAt = max(kernelIsFreeAt, now) + time
    return kernelIsFreeAt
  }

  /// The address thread does nothing before.
  mutating func occupy(until time: Instant) { kernelIsFreeAt = max(kernelIsFreeAt, time) }

  func lease(of tag: Tag) -> Interval? { cluster.groups.first { $0.tag == tag }?.lease }

  /// Does in the kernel what was ordered, and says what came of it; nothing where the group is no longer configured.
  mutating func perform(_ completion: Completion, at now: Instant) -> [Event] {
    switch completion {
    case .added(let tag, let term):
      if refuses.contains(tag) { return perform(.failed(tag, term: term), at: now) }
      holds.insert(tag)
      robbed.remove(tag)
      guard let group = index(of: tag) else { return [] }
      return [
        .leased(group, until: promise(tag, since: now - addTakes)), .addressesAdded(group, term: term, at: local(now)),
      ]
    case .failed(let tag, let term):
      letGo(of: tag)
      return index(of: tag).map { [.addressesFailed($0, term: term)] } ?? []
    case .removed(let tag):
      letGo(of: tag)
      return index(of: tag).map { [.addressesRemoved($0)] } ?? []
    case .announced(let tag, let term):
      return index(of: tag).map { [.announced($0, term: term, firstAt: local(now))] } ?? []
    }
  }

  /// Until when the core may rely on the addresses, on the host's clock: 50 ms less than they were asked for.
  func promise(_ tag: Tag, since began: Instant) -> Instant {
    guard let lease = lease(of: tag) else { return .never }
    return local(began + lease - .milliseconds(50))
  }

  mutating func letGo(of tag: Tag) {
    holds.remove(tag)
    leaseEnds[tag] = nil
    renews[tag] = nil
    robbed.remove(tag)
  }

  mutating func begin() {
    life += 1
    isUp = true
    finishedAt = nil
    stalledUntil = .origin
    suspendedUntil = .origin
    kernelIsFreeAt = .origin
    roles = [:]
    handsOver = []
    renews = [:]
    untold = holds
  }

  /// The host loses its power: the agent, and the addresses with the kernel.
  mutating func crash() {
    kill()
    isUp = false
    for tag in holds { letGo(of: tag) }
  }

  /// The agent dies without a word; the kernel keeps the addresses until their lease ends.
  mutating func kill() {
    core = nil
    renews = [:]
    roles = [:]
  }

  /// Groups that a new configuration does not list any more.
  mutating func forget(_ gone: Set<Tag>) {
    for group in gone {
      letGo(of: group)
      roles[group] = nil
    }
  }
}
