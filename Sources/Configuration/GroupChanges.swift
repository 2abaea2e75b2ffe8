import Netlink
import Support

/// What becomes of groups and their addresses when one configuration takes the place of another.
///
/// A group is known by its name; one whose name is new and which has an address of a group whose name is gone is that group under
/// another name. An address is known by its device.
struct GroupChanges {
  private let former: [GroupSettings]
  private let next: [GroupSettings]
  /// The former name of a group, by the new one, where it differs.
  private let formerNames: [String: String]
  /// All addresses of each.
  private let formerAddresses: Set<IPPrefix>
  private let nextAddresses: Set<IPPrefix>

  init(from former: [GroupSettings], to next: [GroupSettings]) {
    (self.former, self.next) = (former, next)
    formerAddresses = Set(former.lazy.flatMap(\.vips).map(\.prefix))
    nextAddresses = Set(next.lazy.flatMap(\.vips).map(\.prefix))
    let (old, new) = (Set(former.map(\.name)), Set(next.map(\.name)))
    var names: [String: String] = [:]
    let homes = Self.homes(of: former)
    for group in next where !old.contains(group.name) {
      let home = group.vips.lazy.compactMap { homes[$0.place] }.first
      if let home, !new.contains(home), !names.values.contains(home) { names[group.name] = home }
    }
    formerNames = names
  }

  /// In the order of the new file; what is gone comes last.
  var all: [ConfigurationChange] {
    next.flatMap(changes(of:)) + gone.compactMap { ConfigurationChange("group.name", of: $0.name, $0.name, nil) }
      + moves
  }

  private func formerName(of group: GroupSettings) -> String { formerNames[group.name] ?? group.name }

  private var gone: [GroupSettings] {
    let kept = Set(next.map(formerName(of:)))
    return former.filter { !kept.contains($0.name) }
  }

  private func changes(of group: GroupSettings) -> [ConfigurationChange] {
    guard let old = former.first(where: { $0.name == formerName(of: group) }) else {
      let addresses = Self.listed(arrivals(in: group))
      return [
        ConfigurationChange("group.name", of: group.name, nil, group.name),
        ConfigurationChange("group.vip", of: group.name, nil, addresses),
      ].compactMap(\.self)
    }
    return (settings(of: group, before: old) + addresses(of: group, before: old)).compactMap(\.self)
  }

  private func settings(of group: GroupSettings, before old: GroupSettings) -> [ConfigurationChange?] {
    func change(_ key: String, _ value: (GroupSettings) -> String) -> ConfigurationChange? {
      ConfigurationChange("group.\(key)", of: group.name, value(old), value(group))
    }
    return [
      change("name", \.name), change("preferred") { $0.preferred.listed },
      change("auto_failback") { "\($0.autoFailback)" }, change("failback_delay", \.failbackDelay.configured),
      change("lease") { $0.lease?.configured ?? "off" }, change("on_conflict") { "\($0.onConflict)" },
      change("announce_refresh", \.announceRefresh.configured),
    ]
  }

  /// Addresses that have come or gone, and those that are there under other terms.
  private func addresses(of group: GroupSettings, before old: GroupSettings) -> [ConfigurationChange?] {
    let terms = Dictionary(old.vips.map { ($0.place, $0.terms) }) { first, _ in first }
    let changed = group.vips.filter { vip in terms[vip.place].map { $0 != vip.terms } ?? false }
    return [
      ConfigurationChange("group.vip", of: group.name, nil, Self.listed(arrivals(in: group))),
      ConfigurationChange("group.vip", of: group.name, Self.listed(departures(from: old)), nil),
      ConfigurationChange(
        "group.vip", of: group.name,
        Self.listed(changed.map { "\($0.text) \(terms[$0.place] ?? "")" }),
        Self.listed(changed.map { "\($0.text) \($0.terms)" })),
    ]
  }

  // MARK: - Addresses that move between groups or devices

  private static func homes(of groups: [GroupSettings]) -> [VIPSettings.Place: String] {
    var homes: [VIPSettings.Place: String] = [:]
    for group in groups { for vip in group.vips { homes[vip.place] = group.name } }
    return homes
  }

  private struct Move: Hashable {
    let from: String
    let to: String
  }

  /// By address: where it was and where it is, for those that both configurations have in different places.
  private var moved: [IPPrefix: Move] {
    func places(_ groups: [GroupSettings], _ name: (GroupSettings) -> String) -> [IPPrefix: String] {
      var places: [IPPrefix: String] = [:]
      for group in groups { for vip in group.vips { places[vip.prefix] = "\(vip.dev) in group \(name(group))" } }
      return places
    }
    let now = places(next) { formerName(of: $0) }, shown = places(next, \.name)
    return places(former, \.name).reduce(into: [:]) { moves, place in
      guard let after = now[place.key], after != place.value else { return }
      moves[place.key] = Move(from: place.value, to: shown[place.key] ?? after)
    }
  }

  private var moves: [ConfigurationChange] {
    let all = Dictionary(grouping: moved, by: \.value)
    return all.sorted { ($0.key.from, $0.key.to) < ($1.key.from, $1.key.to) }.compactMap { move, addresses in
      let list = Self.listed(addresses.map { "\($0.key)" }.sorted()) ?? ""
      return ConfigurationChange("group.vip", addresses: list, "on \(move.from)", "on \(move.to)")
    }
  }

  private func arrivals(in group: GroupSettings) -> [String] {
    group.vips.filter { !formerAddresses.contains($0.prefix) }.map(\.text)
  }

  private func departures(from group: GroupSettings) -> [String] {
    group.vips.filter { !nextAddresses.contains($0.prefix) }.map(\.text)
  }

  /// So many addresses are named.
  private static let limit = 8

  private static func listed(_ addresses: [String]) -> String? {
    guard !addresses.isEmpty else { return nil }
    let more = addresses.count > limit ? " and \(addresses.count - limit) more" : ""
    return addresses.prefix(limit).joined(separator: ", ") + more
  }
}

extension VIPSettings {
  fileprivate var text: String { "\(prefix) on \(dev)" }

  /// How it is added, but for where.
  fileprivate var terms: String {
    let route = noprefixroute ? ", noprefixroute" : ""
    return "(label \(label ?? "none"), broadcast \(broadcast?.description ?? "none")\(route))"
  }
}
