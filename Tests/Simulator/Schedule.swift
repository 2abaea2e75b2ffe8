import TakeoverCore

/// A cluster, the state it begins in, and what happens to it when. A value that can be printed, read and played again.
package struct Schedule: Equatable, Sendable {
  package struct Group: Equatable, Sendable {
    /// The nodes, the most preferred first.
    package var preferred: [Int]
    package var autoFailback = true
    package var failbackDelay = Interval.zero
    package var lease: Interval? = .seconds(3)
    package var asksFirst = true
    /// Of so many addresses that the first are announced while the last are being added.
    package var isLarge = false
  }

  package struct Range: Equatable, Sendable {
    package var least: Interval
    package var most: Interval
    package init(_ least: Interval, _ most: Interval) {
      self.least = least
      self.most = most
    }

    /// A place in it for 32 bits of chance.
    func pick(_ chance: UInt64) -> Interval {
      Interval(nanoseconds: least.nanoseconds + Chance.scale(chance & 0xffff_ffff, to: (most - least).nanoseconds))
    }
  }

  package var seed: UInt64
  package var nodes: Int
  package var keepalive = Interval.milliseconds(100)
  package var warntime = Interval.milliseconds(200)
  package var deadtime = Interval.milliseconds(300)
  package var initdead = Interval.seconds(1)
  package var groups: [Group]
  package var delay = Range(.microseconds(100), .microseconds(500))
  /// Whether nodes hear their own broadcasts, as on a real link.
  package var isLoopback = false
  package var adding = Range(.microseconds(50), .milliseconds(1))
  package var removing = Range(.microseconds(50), .milliseconds(1))
  /// Parts per million, by node.
  package var drifts: [Int64]
  /// When each agent starts, by node.
  package var starts: [Interval]
  package var faults: [Fault] = []

  package init(seed: UInt64, nodes: Int) {
    self.seed = seed
    self.nodes = nodes
    groups = [Group(preferred: Array(0..<nodes))]
    drifts = Array(repeating: 0, count: nodes)
    starts = Array(repeating: .zero, count: nodes)
  }

  /// When everything is healed.
  package var healAt: Interval {
    max(faults.map(\.end).max() ?? .zero, starts.max() ?? .zero)
  }

  package static func name(ofNode node: Int) -> String { "loadb\(node + 1)" }
  package static func name(ofGroup group: Int) -> String { group == 0 ? "director" : "vip\(group)" }
  /// What ``Change/otherName`` or ``Change/otherNames`` calls it.
  package static func otherName(ofGroup group: Int) -> String { name(ofGroup: group) + "-b" }

  // MARK: - The configuration

  /// Editions of the configuration are sums of these.
  package enum Change: Int64, CaseIterable {
    case otherPreference = 1
    case otherFailback = 2
    case otherLease = 4
    case slower = 8
    case faster = 16
    /// The first group has another name, and all groups stand in another order.
    case otherName = 32
    /// The other groups have other names.
    case otherNames = 64
  }

  /// An edition without what it calls the groups.
  static func withoutNames(_ edition: Int64) -> Int64 {
    edition & ~(Change.otherName.rawValue | Change.otherNames.rawValue)
  }

  /// What a node's file says in an edition of the configuration; edition 0 is the first.
  package func cluster(of node: Int, edition: Int64 = 0) -> Cluster {
    func has(_ change: Change) -> Bool { edition & change.rawValue != 0 }
    func paced(_ time: Interval) -> Interval { has(.slower) ? time * 2 : has(.faster) ? time / 2 : time }
    return Cluster(
      tag: Tag(of: "loadb"), fingerprint: UInt32(truncatingIfNeeded: edition + 1),
      nodes: (0..<nodes).map { Tag(of: Self.name(ofNode: $0)) }, me: NodeIndex(node), keepalive: paced(keepalive),
      warntime: paced(warntime), deadtime: paced(deadtime), initdead: paced(initdead),
      groups: places(isReversed: has(.otherName)).map { rules(of: $0, has: has) })
  }

  private func places(isReversed: Bool) -> [Int] { isReversed ? groups.indices.reversed() : Array(groups.indices) }

  private func rules(of number: Int, has: (Change) -> Bool) -> GroupRules {
    let group = groups[number]
    let preferred =
      has(.otherPreference) ? Array(group.preferred.dropFirst() + group.preferred.prefix(1)) : group.preferred
    let lease = has(.otherLease) ? group.lease.map { $0 == .seconds(3) ? .seconds(5) : .seconds(3) } : group.lease
    return GroupRules(
      tag: Tag(
        of: has(number == 0 ? .otherName : .otherNames)
          ? Self.otherName(ofGroup: number) : Self.name(ofGroup: number)),
      ranks: (0..<nodes).map { UInt8(preferred.firstIndex(of: $0) ?? 255) },
      autoFailback: has(.otherFailback) ? !group.autoFailback : group.autoFailback, failbackDelay: group.failbackDelay,
      lease: lease, onConflict: group.asksFirst ? .wait : .claim)
  }

  /// The edition that everybody has in the end.
  package var lastEdition: Int64 { faults.last { $0.kind == .reload }?.amount ?? 0 }
}
