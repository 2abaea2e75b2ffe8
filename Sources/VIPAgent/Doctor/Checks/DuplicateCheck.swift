import TakeoverCore

/// Who has the shared addresses right now: everybody on the wire was asked (RFC 5227 §2.1.1).
enum DuplicateCheck: HealthCheck {
  static let name = "duplicates"

  static func examine(_ patient: Patient) -> [Finding] {
    if let error = patient.wire.probeRefusal {
      return [.unknown("who has the addresses", because: "\(error)")]
    }
    guard patient.wire.duration != nil else {
      return [.unknown("who has the addresses", because: "nobody could be asked")]
    }
    return patient.vips.flatMap { vip in
      guard let link = patient.link(named: vip.dev), link.isUp else {
        return [Finding.unknown("who has \(vip.prefix.address)", because: "\(vip.dev) is missing or down")]
      }
      return judge(vip, patient)
    }
  }

  private static func judge(_ vip: VIPSettings, _ patient: Patient) -> [Finding] {
    let address = vip.prefix.address
    let own = Set(patient.links.compactMap { $0.hardwareAddress.map { EthernetAddress($0) } })
    let others = (patient.wire.answers[IPv4Number(address)] ?? []).subtracting(own).sorted { $0.rawValue < $1.rawValue }
    let isHere = patient.addresses.contains { $0.prefix.address == address }
    let holders = (isHere ? ["this host"] : []) + others.map { describe($0, patient) }
    if holders.count > 1 {
      return [
        .error(
          "\(address) is on \(holders.count) hosts at once: \(holders.joined(separator: ", "))",
          "Clients reach now the one, now the other. (In a hand-over both have it for some milliseconds: run this again.)",
          fix: "ip address del \(vip.prefix) dev \(vip.dev)  # on the host that is not its owner")
      ]
    }
    let strangers = others.filter { patient.wire.owner(of: $0) == nil }
    if let stranger = strangers.first { return [strange(stranger, vip, patient)] }
    return [
      holders.isEmpty
        ? .note("nobody answers for \(address)", "No node owns it at the moment.")
        : .ok("\(address) is on one host: \(holders[0])")
    ]
  }

  /// One that the heartbeats do not name. It may still be a peer that was not heard.
  private static func strange(_ stranger: EthernetAddress, _ vip: VIPSettings, _ patient: Patient) -> Finding {
    let unheard = patient.peers.filter { patient.wire.heartbeat(of: Tag(of: $0)) == nil }
    let address = vip.prefix.address
    let conflict = "While it answers no node takes the address."
    if unheard.isEmpty {
      return .error(
        "\(address) is in use by a stranger: \(stranger.text) is none of the nodes", conflict,
        fix: "ip neighbour; bridge fdb show  # find the port of \(stranger.text)")
    }
    return .warning(
      "\(stranger.text) answers for \(address)",
      "It may be \(unheard.joined(separator: " or ")), which is not heard, or a stranger. \(conflict)",
      fix: "ip address show  # on \(unheard.joined(separator: " and "))")
  }

  private static func describe(_ address: EthernetAddress, _ patient: Patient) -> String {
    let name = patient.wire.owner(of: address).flatMap { patient.node($0) }
    return "\(name ?? "a stranger") (\(address.text))"
  }
}
