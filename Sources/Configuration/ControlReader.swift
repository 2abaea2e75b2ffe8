import Netlink
import Support

/// Somebody whom the configuration names, for looking whether the host knows him.
struct PrincipalMention: Equatable, Sendable {
  /// `ask` or `command`.
  let key: String
  /// `alice`, `@adm`, a number, or `*`.
  let name: String
  let range: SourceRange
}

extension TableReader {
  /// Reads `[control]`. What is wrong is reported, and replaced by the default.
  func control(principals: inout [PrincipalMention]) -> ControlSettings {
    let ask = readPrincipals("ask")
    let command = readPrincipals("command")
    principals += (ask ?? []) + (command ?? [])
    return ControlSettings(
      socket: readSocket(), ask: ask.map { $0.map(\.name) }, command: (command ?? []).map(\.name))
  }

  private func readSocket() -> String? {
    if string("socket")?.value == "off" { return nil }
    // sun_path has 108 bytes (unix(7)), one of which is the NUL.
    return path("socket", limit: 107, example: ControlSettings.defaultSocket) ?? ControlSettings.defaultSocket
  }

  private func readPrincipals(_ key: String) -> [PrincipalMention]? {
    guard let names = strings(key, orOne: true) else { return nil }
    return names.compactMap { name in
      guard let range = name.range else { return nil }
      let bare = name.value.hasPrefix("@") ? name.value.dropFirst() : name.value[...]
      if !bare.isEmpty, bare.utf8.count <= 256, !bare.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) {
        return PrincipalMention(key: key, name: name.value, range: range)
      }
      report.refuse(
        key, at: range, "is no name of a user or a group",
        hint: "write \(key) = [\"alice\", \"@adm\"]: users, groups behind an @, or \"*\" for everybody")
      return nil
    }
  }

  /// Reads `[metrics]`; nil where it asks for no listener.
  func metrics() -> MetricsSettings? {
    let example = "listen = \"127.0.0.1:9694\""
    guard let listen = string("listen"), let range = listen.range, listen.value != "off" else { return nil }
    if let endpoint = MetricsSettings(listen.value) { return endpoint }
    report.refuse(
      "listen", at: range, "is not an address and a port", hint: "write \(example), or \"[::1]:9694\", or \"off\"")
    return nil
  }
}

extension MetricsSettings {
  /// `127.0.0.1:9694` or `[::1]:9694`; nil for anything else.
  init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
      return nil
    }
    let host = text[..<colon]
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    guard let address = IPAddress(String(isBracketed ? host.dropFirst().dropLast() : host)),
      isBracketed == (address.family == .v6)
    else { return nil }
    self.init(address: address, port: port)
  }

  /// As a configuration writes it.
  package var text: String { address.family == .v6 ? "[\(address)]:\(port)" : "\(address):\(port)" }
}
