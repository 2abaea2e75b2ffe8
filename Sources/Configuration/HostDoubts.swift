import CLinux
import Glibc
import Netlink
import Support

/// What a configuration names or does on a host that works, but not as somebody may think.
extension LoadedConfiguration {
  /// Devices that the configuration calls by another name of theirs (altname, `ip link property add`): sockets would take it, but
  /// the kernel reports the device by its own.
  func otherNames(among links: [Link]) -> [ConfigDiagnostic] {
    source.devices.lazy.compactMap { mention in
      let index = Int32(bitPattern: if_nametoindex(mention.name))
      guard let link = links.first(where: { $0.index == index }), link.name != mention.name else { return nil }
      return ConfigDiagnostic(
        "\(mention.key) = \(source.text.quote(mention.range)) is another name of \(SourceText.visible(link.name))",
        at: mention.range, of: source.text, hint: "write \"\(SourceText.visible(link.name))\"")
    }.prefix(ConfigReport.limit).map(\.self)
  }

  /// - Parameters:
  ///   - links: the devices of the host.
  ///   - addresses: its addresses.
  func doubts(links: [Link], addresses: [InterfaceAddress]) -> [ConfigDiagnostic] {
    let vips = configuration.groups.flatMap(\.vips)
    let shared = Set(vips.map(\.prefix.address))
    return vips.lazy.flatMap { vip -> [ConfigDiagnostic] in
      guard let link = links.first(where: { $0.name == vip.dev }) else { return [] }
      let own = addresses.filter { $0.link == link.index && !shared.contains($0.prefix.address) }.map(\.prefix)
      return [Self.quiet(vip, link), Self.narrow(vip, own)].compactMap(\.self)
    }.prefix(ConfigReport.limit).map(\.self)
  }

  private static func quiet(_ vip: VIPSettings, _ link: Link) -> ConfigDiagnostic? {
    guard !link.speaksARP else { return nil }
    return ConfigDiagnostic(
      "\(vip.prefix) on \(vip.dev) is not announced: the device has no neighbours, and nobody learns of it by ARP",
      hint: "right where the network routes to this host; else name the device that clients are on")
  }

  /// Of two connected routes the kernel takes the one with the longer prefix, and with it its source address.
  private static func narrow(_ vip: VIPSettings, _ own: [IPPrefix]) -> ConfigDiagnostic? {
    guard !vip.noprefixroute, vip.prefix.length < vip.prefix.address.family.bitWidth,
      let wider = own.first(where: { $0.length < vip.prefix.length && $0.contains(vip.prefix.address) })
    else { return nil }
    return ConfigDiagnostic(
      """
      \(vip.prefix) on \(vip.dev) has a longer prefix than the host's own \(wider): connections from here into it get the \
      shared address as their source, and break when it moves
      """, hint: "address = \"\(vip.prefix.address)/\(wider.length)\", or noprefixroute = true")
  }
}

extension Link {
  /// Whether somebody could be on it who asks by ARP: a dummy device, a tunnel and the loopback device have no neighbours.
  package var speaksARP: Bool { !isLoopback && hardwareAddress != nil && flags & UInt32(IFF_NOARP) == 0 }
}
