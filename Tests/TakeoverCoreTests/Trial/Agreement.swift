@testable import TakeoverCore

/// The configuration that the nodes of a trial share; loadb1 and loadb2 with one group unless a test says otherwise.
struct Agreement {
  struct Group {
    var name = "director"
    /// The nodes, the most preferred first.
    var preferred: [String]
    var autoFailback = true
    var failbackDelay = Interval.zero
    var lease: Interval?
    var onConflict = GroupRules.ConflictPolicy.claim
  }

  var nodes = ["loadb1", "loadb2"]
  var keepalive = Interval.milliseconds(100)
  var warntime = Interval.milliseconds(200)
  var deadtime = Interval.milliseconds(300)
  var initdead = Interval.seconds(1)
  var fingerprint: UInt32 = 1
  var groups: [Group] = [Group(preferred: ["loadb1", "loadb2"])]

  init(nodes: [String] = ["loadb1", "loadb2"], autoFailback: Bool = true, failbackDelay: Interval = .zero) {
    self.nodes = nodes
    groups = [Group(preferred: nodes, autoFailback: autoFailback, failbackDelay: failbackDelay)]
  }

  /// The same, but the owner holds under a lease, and the wire is asked before a claim.
  static func cautious(
    nodes: [String] = ["loadb1", "loadb2"], autoFailback: Bool = false,
    onConflict: GroupRules.ConflictPolicy = .wait, lease: Interval? = .seconds(3)
  ) -> Agreement {
    var agreement = Agreement(nodes: nodes, autoFailback: autoFailback)
    agreement.groups[0].lease = lease
    agreement.groups[0].onConflict = onConflict
    return agreement
  }

  func cluster(of node: String) -> Cluster {
    Cluster(
      tag: Tag(of: "loadb"), fingerprint: fingerprint, nodes: nodes.map { Tag(of: $0) },
      me: NodeIndex(nodes.firstIndex(of: node) ?? 0), keepalive: keepalive, warntime: warntime, deadtime: deadtime,
      initdead: initdead, groups: groups.map(rules))
  }

  private func rules(_ group: Group) -> GroupRules {
    GroupRules(
      tag: Tag(of: group.name), ranks: nodes.map { UInt8(group.preferred.firstIndex(of: $0) ?? 255) },
      autoFailback: group.autoFailback, failbackDelay: group.failbackDelay, lease: group.lease,
      onConflict: group.onConflict)
  }

  func trial(seed: UInt64 = 1) -> Trial {
    Trial(nodes.map(cluster), names: nodes, seed: seed)
  }

  /// All nodes started within a keepalive of each other, and everything settled.
  func settledTrial(seed: UInt64 = 1) -> Trial {
    let trial = trial(seed: seed)
    trial.startAll(within: keepalive)
    trial.run(until: .origin + .seconds(4))
    return trial
  }
}
