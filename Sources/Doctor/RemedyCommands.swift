import Support

/// Remedies that more than one check has.
extension Remedy {
  private static let nextBoot = "and in the network's configuration, for the next boot"

  static func advice(_ text: String) -> Remedy { Remedy(.elsewhere, text) }

  static func setUp(_ device: String) -> Remedy { Remedy(.setUp, "ip link set \(device) up", nextBoot) }

  static func stopSpanningTree(_ bridge: String) -> Remedy {
    Remedy(
      .stopSpanningTree, "ip link set \(bridge) type bridge stp_state 0", "if it can be part of no loop; \(nextBoot)")
  }

  static func showDevice(_ device: String, on place: String? = nil) -> Remedy {
    Remedy(.showDevice, "ip -d -s link show \(device)", place)
  }

  // MARK: - Settings of the kernel

  /// Sets it, and keeps it over a boot (`sysctl.d(5)`).
  /// - Parameter key: with `/`, which keeps a dot in a device's name.
  static func setting(_ key: String, _ value: Int, _ comment: String? = nil) -> [Remedy] {
    [
      Remedy(.setSetting, "sysctl -w \(key)=\(value)", comment),
      Remedy(
        .keepSetting, "echo '\(key) = \(value)' >> /etc/sysctl.d/90-vipagent.conf", "the same after the next boot"),
    ]
  }

  /// Brings a setting of IPv4 down where the kernel takes the larger one of `all` and the device, and no further.
  static func lowering(_ name: String, on device: String, to value: Int, _ comment: String? = nil) -> [Remedy] {
    ["all", device].filter { Sysctl.ipv4(name, on: $0).map { $0 > value } ?? false }
      .flatMap { setting("net/ipv4/conf/\($0)/\(name)", value, comment) }
  }

  /// Of a setting of IPv4 of which the kernel takes the larger one of `all` and the device.
  static func raising(_ name: String, on device: String, to value: Int) -> [Remedy] {
    setting("net/ipv4/conf/\(device)/\(name)", value)
  }

  // MARK: - The agent

  /// - Parameter host: another than this.
  static func reload(on host: String, _ when: String) -> Remedy {
    Remedy(.reloadAgent, "systemctl reload vipagent", "on \(host), \(when)")
  }

  /// On this host. A signal goes to the agent alone: `watch`, `events` and other agents have the same name.
  static func reload(_ agent: RunningAgent?) -> Remedy {
    guard let agent, !agent.isService else { return Remedy(.reloadAgent, "systemctl reload vipagent") }
    return Remedy(.reloadAgent, "kill -HUP \(agent.process)")
  }

  static func examine(_ peer: String, _ host: HostSnapshot) -> Remedy {
    Remedy(.examinePeer, "vipagent doctor --config \(host.configPath)", "on \(peer)")
  }

  static func chooseAddress(_ length: Int, _ host: HostSnapshot) -> Remedy {
    Remedy(
      .chooseAddress, "address = \"FREE_ADDRESS/\(length)\"",
      "one that no host has, in \(host.configPath) on every node, which is then reloaded")
  }

  // MARK: - The packet filter

  /// What drops heartbeats is in a chain that only its reader finds; to accept them in another one does not help.
  static func acceptHeartbeats(_ match: String, port: UInt16) -> [Remedy] {
    let rule = "\(match) udp dport \(port) accept"
    return [
      Remedy(.listRules, "nft -a list ruleset", "find the rule and its chain"),
      Remedy(.acceptHeartbeats, "nft insert rule FAMILY TABLE CHAIN \(rule)", "into that chain"),
      Remedy(.keepRule, rule, "first in that chain of /etc/nftables.conf, for the next boot"),
    ]
  }

  /// Whatever changes the source goes by connection tracking, which remembers for as long as heartbeats come: an exemption in
  /// the chain of that rule would not count for them, one from tracking does at once.
  static func exemptHeartbeats(port: UInt16, on peer: String) -> [Remedy] {
    let table =
      "table ip vipagent { chain leaving { type filter hook output priority raw; udp dport \(port) notrack; }; }"
    return [
      Remedy(.exemptHeartbeats, "nft '\(table)'", "on \(peer)"),
      Remedy(.keepRule, table, "on \(peer) in /etc/nftables.conf, for the next boot"),
    ]
  }
}
