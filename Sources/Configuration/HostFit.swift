import Netlink
import Support

/// What can only be checked on the host that the configuration is for.
extension LoadedConfiguration {
  /// Looks whether the host has the devices that the configuration names. Reports ``ConfigReport/limit`` at most.
  /// - Parameter devices: the names of the devices of the host.
  package func check(devices: [String]) -> [ConfigDiagnostic] {
    let present = Set(devices)
    return source.devices.lazy.filter { !present.contains($0.name) }.prefix(ConfigReport.limit).map { mention in
      let meant = Spelling.closest(to: mention.name, among: devices)
      let names = devices.isEmpty ? "no devices" : devices.map(SourceText.visible).joined(separator: ", ")
      return ConfigDiagnostic(
        "\(mention.key) = \(source.text.quote(mention.range)) is not a device of this host", at: mention.range,
        of: source.text, hint: (meant.map { "did you mean \"\($0)\"? " } ?? "") + "this host has \(names)")
    }
  }

  /// Looks whether the host has addresses of the configuration by itself. An agent leaves them alone and takes none of their
  /// groups.
  /// - Parameters:
  ///   - host: its devices and addresses.
  ///   - marks: a kernel that keeps none does not say which of them an agent has added.
  func check(addresses host: RouteSnapshot, marks: AddressMarks = AddressMarks()) -> [ConfigDiagnostic] {
    guard marks.areKept else { return [] }
    let devices = Dictionary(host.links.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
    return host.addresses.lazy.compactMap { address -> ConfigDiagnostic? in
      // A real server behind a director has the address on a device that no neighbour hears.
      guard let range = source.addresses.place(of: address.prefix.address), marks.isForeign(address),
        let device = devices[address.link], !device.isLoopback, !device.isWithoutARP
      else { return nil }
      return ConfigDiagnostic(
        "address = \(source.text.quote(range)) has \(address.prefix.address), which is this host's own address, on "
          + SourceText.visible(device.name), at: range, of: source.text,
        hint:
          "a virtual address is one that no host has by itself: choose another one, unless it was put there besides "
          + "the host's own; then take it out of the host's network configuration")
    }.prefix(ConfigReport.limit).map(\.self)
  }

  /// Looks whether the host knows the users and groups that the configuration names.
  func checkPrincipals() -> [ConfigDiagnostic] {
    source.principals.lazy.filter { Permissions.Principal(named: $0.name) == nil }.prefix(ConfigReport.limit).map {
      ConfigDiagnostic(
        "\($0.key) = \(source.text.quote($0.range)) is not a \($0.name.hasPrefix("@") ? "group" : "user") of this host",
        at: $0.range, of: source.text, hint: "users by name or number, groups behind an @")
    }
  }

  /// Looks whether one of the nodes is this host; upper and lower case are the same, see ``Configuration/node(named:)``.
  /// - Parameters:
  ///   - nodeName: the host's name, as `uname -n` prints it, or what was given instead.
  ///   - isGiven: whether it was given (`--node`).
  package func check(nodeName: String, isGiven: Bool = false) -> [ConfigDiagnostic] {
    if configuration.node(named: nodeName) != nil { return [] }
    let nodes = "the nodes are \(configuration.nodes.joined(separator: ", "))"
    let name = "\"\(SourceText.visible(nodeName))\""
    let hint =
      isGiven
      ? nodes
      : configuration.nodes(alike: nodeName).first.map { "is this node \($0)? Say so: --node \($0)" }
        ?? "\(nodes); `uname -n` prints a host's name, and --node NAME overrules it"
    return [
      ConfigDiagnostic(
        isGiven ? "no [[node]] has the name \(name)" : "no [[node]] has this host's name, \(name)",
        at: source.firstNode,
        of: source.text, hint: hint)
    ]
  }
}
