import Status
import Support
import TakeoverCore

extension Metric {
  private static let roles: [GroupReport.Role] = [.listening, .standby, .claiming, .owner, .releasing, .faulted]

  static let groups: [Metric] = [
    Metric("group_owner", .gauge, by: ["group", "node"], "Whether the node owns the group, as this node sees it.") {
      each(of: $0.status.groups) { group in
        group.nodes.map { Sample(.flag(group.isOwned(by: $0)), group.name, $0.node) }
      }
    },
    Metric("group_role", .gauge, by: ["group", "role"], "What this node is to the group: 1 for its role.") {
      each(of: $0.status.groups) { group in
        roles.map { Sample(.flag(group.role == $0.word), group.name, $0.word) }
      }
    },
    Metric("group_conflict", .gauge, by: ["group"], "Whether several nodes say that they own the group.") {
      $0.status.groups.map { Sample(.flag($0.conflict), $0.name) }
    },
    Metric("group_term", .gauge, by: ["group"], "The group's term: one more with every claim.") {
      $0.status.groups.map { Sample(.count($0.term), $0.name) }
    },
    Metric(
      "group_role_since_timestamp_seconds", .gauge, by: ["group"],
      "Since when this node has had its role, since 1970 in UTC."
    ) { $0.status.groups.compactMap { group in MetricValue.timestamp(group.since).map { Sample($0, group.name) } } },
    Metric("group_addresses", .gauge, by: ["group"], "Addresses of the group.") {
      $0.status.groups.map { Sample(.count(UInt64($0.addresses.count)), $0.name) }
    },
    Metric(
      "group_lease_seconds", .gauge, by: ["group"],
      "The lifetime under which the kernel holds the group's addresses; none where they have no end."
    ) { $0.status.groups.compactMap { group in group.leaseUs.map { Sample(.microseconds($0), group.name) } } },
    Metric(
      "group_lease_remaining_seconds", .gauge, by: ["group"],
      "What is left of the lease; only where this node holds it."
    ) { $0.status.groups.compactMap { group in group.leaseLeftUs.map { Sample(.microseconds($0), group.name) } } },
    Metric(
      "group_backup_ready", .gauge, by: ["group"], "Whether a node other than the owner could take the group now."
    ) {
      $0.status.groups.map { Sample(.flag($0.backupReady), $0.name) }
    },
    Metric("group_node_ready", .gauge, by: ["group", "node"], "Whether the node could take the group now.") {
      each(of: $0.status.groups) { group in group.nodes.map { Sample(.flag($0.ready), group.name, $0.node) } }
    },
    Metric("group_placed_by_operator", .gauge, by: ["group"], "Whether an operator has put the group where it is.") {
      $0.status.groups.map { Sample(.flag($0.placedByOperator), $0.name) }
    },
    Metric(
      "group_on_standby", .gauge, by: ["group"], "Whether an operator has put this node on standby for the group."
    ) { $0.status.groups.map { Sample(.flag($0.onStandby), $0.name) } },
    Metric("group_claim_held_back", .gauge, by: ["group"], "Whether something holds a claim of this node back.") {
      $0.status.groups.map { Sample(.flag($0.heldBack != nil), $0.name) }
    },
    Metric(
      "group_unanswered", .gauge, by: ["group"],
      "Whether this node holds an address of the group that its kernel would not answer from."
    ) { $0.status.groups.map { Sample(.flag($0.unanswered != nil), $0.name) } },
    Metric(
      "group_source_of_host", .gauge, by: ["group"],
      "Whether connections of this host leave from an address of the group, and end when it moves."
    ) { $0.status.groups.map { Sample(.flag($0.sourceOfHost != nil), $0.name) } },
  ]

  static let takeovers: [Metric] = [
    Metric(
      "takeovers_total", .counter, by: ["group", "kind"],
      "How often this node has become the owner: at a start, planned, unplanned."
    ) {
      each(of: $0.status.groups) { group in
        [
          Sample(.count(group.takeoversUnplanned), group.name, TakeoverKind.unplanned.rawValue),
          Sample(.count(group.takeoversPlanned), group.name, TakeoverKind.planned.rawValue),
          Sample(.count(group.takeoversAtStart), group.name, TakeoverKind.start.rawValue),
        ]
      }
    },
    Metric(
      "last_takeover_timestamp_seconds", .gauge, by: ["group"], "When this node last took the group, since 1970 in UTC."
    ) { lastTakeovers($0).compactMap { last in MetricValue.timestamp(last.at).map { Sample($0, last.group) } } },
    Metric(
      "last_takeover_step_seconds", .gauge, by: ["group", "step"],
      "How far into the last takeover each step was; announced is its duration."
    ) {
      each(of: lastTakeovers($0)) { last in
        [
          last.deadlineUs.map { Sample(.microseconds($0), last.group, "deadline") },
          Sample(.microseconds(last.claimedUs), last.group, "claimed"),
          Sample(.microseconds(last.confirmedUs), last.group, "confirmed"),
          Sample(.microseconds(last.announcedUs), last.group, "announced"),
        ].compactMap(\.self)
      }
    },
  ]

  /// The last takeover of each group by this node, in the order of the groups.
  private static func lastTakeovers(_ readings: Readings) -> [TakeoverStatus] {
    readings.status.groups.compactMap { group in readings.status.takeovers.first { $0.group == group.name } }
  }

  private static func each<Element>(of list: [Element], _ samples: (Element) -> [Sample]) -> [Sample] {
    list.flatMap(samples)
  }
}

extension GroupStatus {
  /// Where several say that they own it, each of them does.
  fileprivate func isOwned(by node: StandingStatus) -> Bool {
    conflict ? ["owner", "releasing"].contains(node.role) : node.node == owner
  }
}
