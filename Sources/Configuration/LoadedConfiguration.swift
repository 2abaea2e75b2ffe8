import Glibc
import Linux
import Support
import TakeoverCore

/// A configuration, and where in its file the things stand that can only be checked on the host.
package struct LoadedConfiguration: Sendable {
  package let configuration: Configuration
  let source: ConfigSource

  /// Reads a configuration.
  /// - Parameters:
  ///   - text: the file's bytes.
  ///   - file: the file's name, for the diagnostics.
  /// - Throws: everything that is wrong with it, not only the first; see ``ConfigReport/limit``.
  package init(parsing text: [UInt8], file: String) throws(ConfigError) {
    let source = SourceText(text)
    let report = ConfigReport(source)
    let root: TomlTable
    do {
      root = try TomlDocument(parsing: text).root
    } catch {
      throw ConfigError(file: file, [error.diagnostic(of: source)])
    }
    var devices: [DeviceMention] = []
    let top = TableReader(.top, root, at: .top, report)
    var principals: [PrincipalMention] = []
    var addresses = AddressRegister()
    let configuration = top.configuration(devices: &devices, principals: &principals, addresses: &addresses)
    if !report.diagnostics.isEmpty {
      throw ConfigError(file: file, report.diagnostics.inFileOrder, omitted: report.omitted)
    }
    self.configuration = configuration
    self.source = ConfigSource(
      text: source, devices: devices, principals: principals, addresses: addresses,
      firstNode: top.first("node") ?? .top)
  }

  /// Reads a configuration file of at most 1 MiB.
  /// - Parameter account: who must be able to, and whom others must not be able to deceive; nil where only the text matters.
  package static func load(_ path: String, as account: Account? = .current) throws(ConfigError) -> LoadedConfiguration {
    let text: [UInt8]
    do throws(FileRefusal) {
      if let account { text = try bytes(of: path, as: account) } else { text = try readFile(path, limit: limit) }
    } catch {
      throw ConfigError(file: path, [ConfigDiagnostic(error.message, hint: error.hint)])
    }
    return try LoadedConfiguration(parsing: text, file: path)
  }

  private static let limit = 1 << 20

  private static func bytes(of path: String, as account: Account) throws(FileRefusal) -> [UInt8] {
    do throws(FileRefusal) {
      return try account.opening { () throws(FileRefusal) in
        let file = try RegularFile(path)
        if let refusal = account.refusal(ofConfiguration: file.status, path) { throw refusal }
        return try file.bytes(limit: limit)
      }
    } catch {
      throw error.errno?.rawValue == EACCES
        ? error.advised(account.remedy(forOpening: path, isSecret: false)) : error
    }
  }
}

/// The places in a configuration file that a later check may point at.
struct ConfigSource: Sendable {
  let text: SourceText
  let devices: [DeviceMention]
  let principals: [PrincipalMention]
  let addresses: AddressRegister
  /// The header of the first `[[node]]`.
  let firstNode: SourceRange
}

extension [ConfigDiagnostic] {
  /// Sorted by place; what has none comes first.
  fileprivate var inFileOrder: [ConfigDiagnostic] {
    let origin = SourcePosition(line: 0, column: 0)
    return enumerated()
      .sorted { ($0.element.position ?? origin, $0.offset) < ($1.element.position ?? origin, $1.offset) }
      .map(\.element)
  }
}

extension TomlSyntaxError {
  /// toml++'s sentence without its preamble. Most values that are no value want quotes.
  fileprivate func diagnostic(of text: SourceText) -> ConfigDiagnostic {
    let preamble = "Error while parsing "
    let sentence = SourceText.visible(message.hasPrefix(preamble) ? String(message.dropFirst(preamble.count)) : message)
    let unquoted = ["could not determine value type", "expected digit"].contains { message.contains($0) }
    let end = SourcePosition(line: position.line, column: position.column + 1)
    return ConfigDiagnostic(
      "not TOML: \(sentence)", at: SourceRange(start: position, end: end), of: text,
      hint: unquoted ? "texts, addresses and durations stand in quotes: \"100ms\"" : nil)
  }
}

extension TableReader {
  /// Reads the top level. What is wrong is reported, and replaced by anything that is right.
  fileprivate func configuration(
    devices: inout [DeviceMention], principals: inout [PrincipalMention], addresses: inout AddressRegister
  ) -> Configuration {
    let cluster = name("cluster", hint: "name the cluster, such as cluster = \"loadb\"")
    let heartbeat = require("heartbeat", .heartbeat, hint: "add [heartbeat] with bcast = [\"eth0\"] below it")?
      .heartbeat(devices: &devices)
    let keys = require("auth", .auth, hint: "add [auth] with keys = \"/etc/vipagent/keys\" below it")?.readKeys()
    let nodes = readNodes()
    var context = GroupContext(nodes: nodes)
    let groups = tables("group", .group).map { $0.group(&context) }
    checkCount(
      of: "group", .group, in: 1...32, hint: "add [[group]] with name = \"director\" and a [[group.vip]] below it")
    checkDevices(context.devices)
    devices += context.devices
    addresses = context.addresses
    let control = table("control", .control)?.control(principals: &principals)
    return Configuration(
      cluster: cluster?.value ?? "", heartbeat: heartbeat ?? .absent, keys: keys ?? "",
      control: control ?? ControlSettings(socket: ControlSettings.defaultSocket),
      metrics: table("metrics", .metrics)?.metrics(), nodes: nodes ?? [], groups: groups)
  }

  /// As many devices as a heartbeat can name the Ethernet addresses of: whoever answers with one of those is the node.
  private func checkDevices(_ mentions: [DeviceMention]) {
    var seen: Set<String> = []
    for mention in mentions where seen.insert(mention.name).inserted && seen.count > HardwareList.capacity {
      report.refuse(
        "dev", at: mention.range, "is one device too many: the groups may use \(HardwareList.capacity)",
        hint: "put the addresses on fewer devices, or into another cluster's configuration")
    }
  }

  private func require(_ key: String, _ kind: ConfigTable, hint: String) -> TableReader? {
    if node(key) == nil { report.add("missing table \(kind.title)", at: range, hint: hint) }
    return table(key, kind)
  }

  private func readKeys() -> String? {
    if node("keys") == nil {
      reportMissing("keys", hint: "add keys = \"/etc/vipagent/keys\", and make the file with `vipagent keygen`")
    }
    return path("keys", limit: 4095, example: "/etc/vipagent/keys")
  }

  /// The names of all nodes; nil if they are too few or too many, or one of them is wrong.
  private func readNodes() -> [String]? {
    var register = NameRegister("name")
    let names = tables("node", .node).map { $0.name("name", hint: "give it the host's name, as `uname -n` prints it") }
    for name in names.compactMap(\.self) { register.enter(name, report) }
    let allowed = 2...16
    checkCount(of: "node", .node, in: allowed, hint: "add [[node]] with name = \"…\" below it for each host")
    let known = names.compactMap { $0?.value }
    return known.count == names.count && allowed.contains(known.count) ? known : nil
  }

  /// Where the first table of an array of tables stands. The array itself reaches from there to its last table.
  fileprivate func first(_ key: String) -> SourceRange? {
    guard case .array(let elements) = node(key)?.value else { return nil }
    return elements.first?.range
  }

  /// Reports too few tables of a kind at the first, and too many at the first that is too many.
  private func checkCount(of key: String, _ kind: ConfigTable, in bounds: ClosedRange<Int>, hint: String) {
    guard let node = node(key) else {
      return report.add("missing table \(kind.title)", at: range, hint: hint)
    }
    guard case .array(let elements) = node.value, !bounds.contains(elements.count) else { return }
    let place = elements.count > bounds.upperBound ? elements[bounds.upperBound].range : first(key) ?? node.range
    report.add(
      "\(elements.count) \(kind.title) \(elements.count == 1 ? "table" : "tables"); there must be "
        + "\(bounds.lowerBound)...\(bounds.upperBound)",
      at: place, hint: elements.count > bounds.upperBound ? nil : hint)
  }
}

extension HeartbeatSettings {
  /// Stands for a table that is missing; the configuration it is part of is never used.
  fileprivate static var absent: HeartbeatSettings {
    HeartbeatSettings(
      bcast: [], udpport: 0, keepalive: .zero, warntime: .zero, deadtime: .zero, initdead: .zero, realtime: false,
      rtprio: 0)
  }
}
