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
  var cluster: Cluster
  /// Nil while the agent does not run.
  var core: TakeoverCore?
  /// Counts starts: what a former life ordered is not reported to the next.
  var life = 0
  /// What the host's clock shows at the trial's origin. No two hosts agree on it.
  let clock: Interval
  /// Until then the agent is not run.
  var stalledUntil = Instant.origin
  var finishedAt: Instant?

  var addTakes = Interval.milliseconds(1)
  var announceTakes = Interval.microseconds(200)
  var removeTakes = Interval.milliseconds(1)
  /// The groups whose addresses the kernel has.
  var holds: Set<Tag> = []
  /// The groups whose addresses the kernel refuses.
  var refuses: Set<Tag> = []
  /// The kernel does one thing after the other.
  private var kernelIsFreeAt = Instant.origin
  /// What each group was last reported to be, and what was dropped why.
  var roles: [Tag: GroupReport.Role] = [:]
  var drops: [DropReason: Int] = [:]
  /// The groups that it is handing over.
  var handsOver: Set<Tag> = []

  init(name: String, cluster: Cluster, clock: Interval) {
    self.name = name
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

  /// Does in the kernel what was ordered, and says what came of it; nil where the group is no longer configured.
  mutating func perform(_ completion: Completion) -> Event? {
    switch completion {
    case .added(let tag, let term):
      if refuses.contains(tag) { return perform(.failed(tag, term: term)) }
      holds.insert(tag)
      return index(of: tag).map { .addressesAdded($0, term: term) }
    case .failed(let tag, let term):
      holds.remove(tag)
      return index(of: tag).map { .addressesFailed($0, term: term) }
    case .removed(let tag):
      holds.remove(tag)
      return index(of: tag).map { .addressesRemoved($0) }
    case .announced(let tag, let term):
      return index(of: tag).map { .announced($0, term: term) }
    }
  }

  mutating func begin() {
    life += 1
    finishedAt = nil
    stalledUntil = .origin
    kernelIsFreeAt = .origin
    roles = [:]
    handsOver = []
  }

  /// The agent dies without a word. Its addresses go with it: leases are not this model's business.
  mutating func crash() {
    core = nil
    holds = []
  }

  /// Groups that a new configuration does not list any more.
  mutating func forget(_ gone: Set<Tag>) {
    holds.subtract(gone)
    for group in gone { roles[group] = nil }
  }
}
