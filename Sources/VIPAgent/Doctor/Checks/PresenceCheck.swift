import Netlink
import TakeoverCore

/// The shared addresses on this host: whose they are, and for how long.
enum PresenceCheck: HealthCheck {
  static let name = "addresses"

  static func examine(_ patient: Patient) -> [Finding] {
    guard patient.kernelRefusal == nil else { return [.unknown("addresses", because: "the kernel does not list them")] }
    var findings: [Finding] = []
    for group in patient.configuration.groups {
      for vip in group.vips {
        let present = patient.addresses.filter { $0.prefix.address == vip.prefix.address }
        findings += present.map { judge($0, as: vip, of: group, patient) }
      }
    }
    return findings.isEmpty ? [.ok("this host has none of the shared addresses")] : findings
  }

  private static func judge(
    _ address: InterfaceAddress, as vip: VIPSettings, of group: GroupSettings, _ patient: Patient
  ) -> Finding {
    let device = patient.links.first { $0.index == address.link }?.name ?? "device \(address.link)"
    let removal = "ip address del \(address.prefix) dev \(device)"
    if isUnheard(address, patient) {
      return .ok(
        "\(address.prefix) is on \(device), which nobody asks by ARP: a real server behind a director has it so")
    }
    if isWithoutNeighbours(address, patient), device != vip.dev {
      return .error(
        "\(address.prefix) is on \(device), and this host answers ARP for it on \(vip.dev)",
        "A real server behind a director has it so, but must not answer: the nodes take it for a holder, and clients go past the director.",
        fix: "sysctl -w net.ipv4.conf.all.arp_ignore=1  # and in /etc/sysctl.d",
        "sysctl -w net.ipv4.conf.all.arp_announce=2  # and in /etc/sysctl.d", "\(removal)  # if it is no real server")
    }
    if device != vip.dev || address.prefix != vip.prefix {
      return .error(
        "\(address.prefix) is on \(device); the configuration has \(vip.prefix) on \(vip.dev)",
        "It is not the agent's, so the agent never removes it: this host and the owner have the address at the same time.",
        fix: removal)
    }
    guard address.isMarked else { return unmarked(address, device, removal, patient) }
    if patient.agent == nil {
      return .warning(
        "\(address.prefix) on \(device) was left behind by an agent\(lifetime(address))",
        "No agent runs here: nobody renews it, and the others wait until it is gone.",
        fix: "systemctl start vipagent", "vipagent release --config \(patient.configPath)  # or remove it")
    }
    if group.lease != nil, address.validLifetime == nil {
      return .warning(
        "\(address.prefix) on \(device) is held for ever, though the group has a lease",
        "If the agent is killed the address stays, and nobody takes over.",
        fix: "kill -HUP \(patient.agent?.process ?? 0)")
    }
    return .ok("\(address.prefix) on \(device) is held by this host's agent\(lifetime(address))")
  }

  /// Whether nobody on the network hears of a shared address that this host has: it is on a device without neighbours, and the
  /// kernel answers on no other for it (`arp_ignore`).
  static func isUnheard(_ address: InterfaceAddress, _ patient: Patient) -> Bool {
    guard isWithoutNeighbours(address, patient), !address.isMarked,
      let vip = patient.vips.first(where: { $0.prefix.address == address.prefix.address })
    else { return false }
    return Sysctl.larger("arp_ignore", on: vip.dev).map { $0 > 0 } ?? false
  }

  private static func isWithoutNeighbours(_ address: InterfaceAddress, _ patient: Patient) -> Bool {
    patient.links.first { $0.index == address.link }.map { !$0.speaksARP } ?? false
  }

  private static func unmarked(
    _ address: InterfaceAddress, _ device: String, _ removal: String, _ patient: Patient
  ) -> Finding {
    .error(
      "\(address.prefix) on \(device) is not the agent's: it lacks its mark",
      """
      Somebody else has put it there, by hand or from the network's own configuration. The agent never touches it and takes no \
      group with it: this host has it also when another node owns it. A virtual address is one that no host has by itself.
      """,
      fix: "$EDITOR \(patient.configPath)  # choose another address",
      "\(removal)  # or this, and take it out of the network's configuration")
  }

  private static func lifetime(_ address: InterfaceAddress) -> String {
    address.validLifetime.map { ", for \($0) s more" } ?? ""
  }
}
