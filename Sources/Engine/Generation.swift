import Configuration
import Glibc
import Linux
import Netlink
import Support
import TakeoverCore
import Wire

/// One configuration, made ready to run: everything that a thread would otherwise have to allocate, open or look up
/// when it goes over to it.
///
/// The main thread makes it and keeps it alive. The heartbeat thread alone touches `core` and `authenticator` from
/// the moment it is handed over; the rest never changes.
package final class Generation: @unchecked Sendable {
  package let number: Int
  package let configuration: Configuration
  /// The protocol's state while this generation is in force.
  package var core: TakeoverCore
  /// Signs and checks heartbeats.
  package var authenticator: Authenticator
  private let keys: KeyRing
  /// Those that the former generation had, too: what only another one has signed is not believed any more.
  package let trustedKeys: KeySet
  /// One a `bcast` device; nil while the host does not have the device.
  package let links: [HeartbeatLink?]
  /// Takes the heartbeats of this cluster, by what can be told without a key.
  package let heartbeatFilter: SocketFilter
  /// The devices of the addresses, at most 16; notices speak of them by their place.
  package let devices: [String]
  /// What of the groups is asked of the wire, and whose is what is heard from it.
  package let probes: ProbeTable
  /// By group, in the order of the configuration.
  package let groups: [GroupAddresses]
  /// The groups that the former generation did not have, each with a group of that generation on the same devices: the link of the
  /// one is the link of the other.
  package let newcomers: [(group: GroupIndex, sharesLinkOf: GroupIndex)]
  /// The groups whose names the former generation did not have, but addresses of theirs: they go on from the group that had the first
  /// of them.
  package let heirs: [Inheritance]
  package let clusterTag: Tag
  /// This node.
  package let me: NodeIndex
  /// By node, in the order of the configuration.
  package let nodeTags: [Tag]
  package let warntime: Interval

  /// - Parameters:
  ///   - former: the generation in force; its open links are kept where device and port stay the same.
  ///   - session: this agent's session.
  /// - Throws: what a heartbeat socket could not be opened for.
  package init(
    _ configuration: Configuration, keys: KeyRing, nodeName: String, session: UInt64, after former: Generation?
  ) throws(SystemError) {
    number = (former?.number ?? 0) + 1
    self.configuration = configuration
    clusterTag = Tag(of: configuration.cluster)
    heartbeatFilter = .heartbeats(of: clusterTag)
    nodeTags = configuration.nodes.map { Tag(of: $0) }
    let cluster = configuration.cluster(seenFrom: nodeName)
    me = cluster.me
    core = TakeoverCore(cluster: cluster, session: session)
    authenticator = keys.authenticator()
    self.keys = keys
    trustedKeys = former.map { keys.shared(with: $0.keys) } ?? .all
    warntime = cluster.warntime
    groups = configuration.groups.map(GroupAddresses.init)
    var devices: [String] = []
    for vip in groups.lazy.flatMap(\.vips) where !devices.contains(vip.dev) { devices.append(vip.dev) }
    self.devices = devices
    let heirs = former.map { [groups] in Self.heirs(among: groups, of: $0.groups) } ?? []
    self.heirs = heirs
    newcomers = former.map { [groups] in Self.newcomers(among: groups, but: heirs, after: $0.groups) } ?? []
    probes = ProbeTable(groups, devices: devices)
    var links: [HeartbeatLink?] = []
    for device in configuration.heartbeat.bcast {
      links.append(try Self.link(device, configuration.heartbeat.udpport, among: former?.links ?? []))
    }
    self.links = links
  }

  /// An open link to the device as it is now, or nil where there is no such device.
  private static func link(
    _ device: String, _ port: UInt16, among open: [HeartbeatLink?]
  ) throws(SystemError) -> HeartbeatLink? {
    let index = Int32(bitPattern: if_nametoindex(device))
    guard index != 0 else { return nil }
    let same = open.compactMap(\.self).first { $0.device == device && $0.port == port && $0.index == index }
    if let same { return same }
    return try HeartbeatLink(device: device, index: index, port: port)
  }

  private static func heirs(among groups: [GroupAddresses], of former: [GroupAddresses]) -> [Inheritance] {
    let known = Set(former.map(\.tag))
    guard groups.contains(where: { !known.contains($0.tag) }) else { return [] }
    let homes = GroupAddresses.homes(of: former)
    return groups.enumerated().compactMap { position, group in
      guard !known.contains(group.tag), let home = group.vips.lazy.compactMap({ homes[$0.place] }).first else {
        return nil
      }
      return Inheritance(GroupIndex(position), of: GroupIndex(home))
    }
  }

  private static func newcomers(
    among groups: [GroupAddresses], but heirs: [Inheritance], after former: [GroupAddresses]
  ) -> [(group: GroupIndex, sharesLinkOf: GroupIndex)] {
    let formerDevices = former.map(\.devices)
    return groups.enumerated().compactMap { position, group in
      guard !former.contains(where: { $0.tag == group.tag }),
        !heirs.contains(where: { Int($0.group.position) == position }),
        let other = formerDevices.firstIndex(where: { group.devices.isSubset(of: $0) })
      else { return nil }
      return (GroupIndex(position), GroupIndex(other))
    }
  }

  package func name(of node: NodeIndex) -> String { configuration.nodes[Int(node.position)] }

  package func group(_ tag: Tag) -> GroupAddresses? { groups.first { $0.tag == tag } }
}

/// A group's name and the addresses that move together.
package struct GroupAddresses: Sendable {
  package let tag: Tag
  package let name: String
  package let vips: [VIPSettings]
  /// The names of the devices of its addresses.
  package let devices: Set<String>
  package let announceRefresh: Duration
  /// The lifetime of the addresses in seconds; nil for ever.
  package let lease: UInt32?

  package init(_ settings: GroupSettings) {
    tag = Tag(of: settings.name)
    name = settings.name
    vips = settings.vips
    devices = Set(settings.vips.map(\.dev))
    announceRefresh = settings.announceRefresh
    lease = settings.lease.map { UInt32(clamping: $0.components.seconds) }
  }

  /// In which of these groups, by its position, each address is.
  package static func homes(of groups: [GroupAddresses]) -> [VIPSettings.Place: Int] {
    var homes: [VIPSettings.Place: Int] = [:]
    for (position, group) in groups.enumerated() {
      for vip in group.vips { homes[vip.place] = position }
    }
    return homes
  }

  /// "195.46.64.21/24 on eth0", or the first of them and how many more there are.
  package var summary: String {
    guard let first = vips.first else { return "no address" }
    let more = vips.count > 1 ? " and \(vips.count - 1) more" : ""
    return "\(first.prefix)\(more) on \(first.dev)"
  }
}

/// A generation as a mailbox can carry it: not retained, the main thread keeps generations alive until no thread uses them.
package struct GenerationReference: BitwiseCopyable, @unchecked Sendable {
  private let address: UnsafeRawPointer

  package init(_ generation: Generation) { address = UnsafeRawPointer(Unmanaged.passUnretained(generation).toOpaque()) }

  package var generation: Generation { Unmanaged<Generation>.fromOpaque(address).takeUnretainedValue() }
}

extension Configuration {
  /// The agreement of the nodes as the core wants it.
  package func cluster(seenFrom nodeName: String) -> Cluster {
    Cluster(
      tag: Tag(of: cluster), fingerprint: fingerprint, nodes: nodes.map { Tag(of: $0) },
      me: NodeIndex(nodes.firstIndex(of: nodeName) ?? 0), keepalive: Interval(heartbeat.keepalive),
      warntime: Interval(heartbeat.warntime), deadtime: Interval(heartbeat.deadtime),
      initdead: Interval(heartbeat.initdead), groups: groups.map { rules(of: $0) })
  }

  private func rules(of group: GroupSettings) -> GroupRules {
    GroupRules(
      tag: Tag(of: group.name),
      ranks: nodes.map { UInt8(clamping: group.preferred.firstIndex(of: $0) ?? Int(UInt8.max)) },
      autoFailback: group.autoFailback, failbackDelay: Interval(group.failbackDelay),
      lease: group.lease.map { Interval($0) }, onConflict: group.onConflict)
  }
}

extension KeyRing {
  /// Ready to sign with the key of the line `auth` and to verify with all.
  package func authenticator() -> Authenticator {
    Authenticator(signing: signing, others: keys.filter { $0.id != signing.id })
  }
}
