import Netlink
import Support

/// Programs that think they own the devices' addresses.
enum NetworkManagerCheck: HostCheck {
  static let name = "managers"

  static func examine(_ host: HostSnapshot) -> [Finding] {
    let findings = host.devices.compactMap(host.link(named:)).flatMap { link in
      [networkd(link.name, link.index), networkManager(link.name, link.index)].compactMap(\.self)
    }
    return findings.isEmpty ? [.ok("neither systemd-networkd nor NetworkManager manages the devices")] : findings
  }

  /// systemd-networkd writes down what it does to each device (`sd_network_link_get_setup_state`).
  private static func networkd(_ device: String, _ index: Int32) -> Finding? {
    guard isHostsOwn(device, index), let state = ProcessTable.text("/run/systemd/netif/links/\(index)"),
      state.contains("ADMIN_STATE="), !state.contains("ADMIN_STATE=unmanaged")
    else { return nil }
    return .note(
      "systemd-networkd manages \(device)",
      """
      When it configures the device anew (networkctl reconfigure, a link that comes back) it removes addresses that are not in \
      its files; a restart removes none (systemd 252). The agent puts its own back, but a client may lose a \
      packet, and a storm of removals makes it hand over. "static" would not do: an address under a lease has a lifetime, and \
      so is a dynamic one to networkd.
      """,
      fix: [
        .advice("KeepConfiguration=yes under [Network] of the file that `networkctl status \(device)` names")
      ])
  }

  private static func networkManager(_ device: String, _ index: Int32) -> Finding? {
    guard isHostsOwn(device, index), let state = ProcessTable.text("/run/NetworkManager/devices/\(index)"),
      state.contains("managed=true")
    else { return nil }
    return .note(
      "NetworkManager manages \(device)",
      """
      When a connection is activated or reapplied it removes addresses that are not in its profile. The agent puts its own \
      back, but a client may lose a packet, and a storm of removals makes it hand over. To take the device from it while it has \
      configured it would take the host's own addresses off.
      """,
      fix: [
        .advice(
          "if its addresses come from elsewhere: unmanaged-devices=interface-name:\(device) under [keyfile] in "
            + "/etc/NetworkManager/conf.d, for the next boot")
      ])
  }

  /// Numbers mean nothing in another network namespace, which has no systemd-networkd of its own.
  private static func isHostsOwn(_ device: String, _ index: Int32) -> Bool {
    ProcessTable.text("/sys/class/net/\(device)/ifindex") == "\(index)"
  }
}
