import Netlink
import Support

/// `rp_filter`: whether the kernel drops what comes in by a device that it would not answer through.
enum ReversePathCheck: HostCheck {
  static let name = "rp_filter"
  static let needsProc = true

  static func examine(_ host: HostSnapshot) -> [Finding] {
    let strict = host.devices.filter { Sysctl.larger("rp_filter", on: $0) == 1 }
    guard !strict.isEmpty else { return [.ok("rp_filter is not strict on \(host.devices.joined(separator: ", "))")] }
    let addressed = host.links.filter { !$0.isLoopback && $0.isUp && !host.ownAddresses(on: $0).isEmpty }
    return strict.map { device in
      let fixes = Remedy.raising("rp_filter", on: device, to: 2)
      let hasAddress = host.link(named: device).map { !host.ownAddresses(on: $0).isEmpty } ?? true
      if !hasAddress {
        return Finding(
          severity: .warning, what: "rp_filter is strict on \(device), which has no address of its own",
          why:
            "The kernel has no route to the others through it, and drops their heartbeats before anybody hears them.",
          fix: fixes)
      }
      return Finding(
        severity: addressed.count > 1 ? .warning : .note, what: "rp_filter is strict on \(device)",
        why: addressed.count > 1
          ? """
          This host has addresses on \(addressed.map(\.name).joined(separator: ", ")). What comes in by \(device) from where the \
          host would answer through another device is dropped: heartbeats, and clients of the shared address.
          """
          : "It drops nothing while this host has one network only.", fix: fixes)
    }
  }
}
