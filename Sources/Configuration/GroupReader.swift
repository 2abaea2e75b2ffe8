import Support
import TakeoverCore

/// What is true of all groups together, gathered while one after the other is read.
struct GroupContext {
  /// The names of the nodes; nil if they are not known because they are wrong.
  let nodes: [String]?
  var names = NameRegister("name")
  var addresses = AddressRegister()
  var devices: [DeviceMention] = []

  init(nodes: [String]?) {
    self.nodes = nodes
  }
}

extension TableReader {
  /// Reads a `[[group]]`. What is wrong is reported, and replaced by anything that is right.
  func group(_ context: inout GroupContext) -> GroupSettings {
    let name = name("name", hint: "give the group a name of its own, such as name = \"director\"")
    if let name { context.names.enter(name, report) }
    let vips = tables("vip", .vip)
    if [nil, .array([])].contains(node("vip")?.value) {
      report.add(
        "missing table [[group.vip]] in [[group]]", at: range,
        hint: "add [[group.vip]] with address = \"192.0.2.10/24\" and dev = \"eth0\" below it")
    }
    return GroupSettings(
      name: name?.value ?? "",
      preferred: readPreferred(context.nodes),
      autoFailback: boolean("auto_failback", default: true),
      failbackDelay: duration("failback_delay", default: .zero, in: .zero...(.seconds(3600)))?.value ?? .zero,
      lease: readLease(),
      onConflict: readConflictPolicy(),
      announceRefresh: readAnnounceRefresh(),
      vips: vips.flatMap { $0.vips(&context) })
  }

  /// The nodes in the order of `preferred`; those it does not list follow in the order of the file.
  private func readPreferred(_ nodes: [String]?) -> [String] {
    guard let names = strings("preferred"), let nodes else { return nodes ?? [] }
    var order: [String] = []
    for name in names {
      guard let range = name.range else { continue }
      guard let node = nodes.first(where: { $0.lowercased() == name.value.lowercased() }) else {
        let meant = Spelling.closest(to: name.value, among: nodes)
        report.refuse(
          "preferred", at: range, "is not the name of a [[node]]",
          hint: meant.map { "did you mean \"\($0)\"?" } ?? "the nodes are \(nodes.joined(separator: ", "))")
        continue
      }
      if order.contains(node) {
        report.refuse("preferred", at: range, "stands here twice", hint: "name each node once")
      } else {
        order.append(node)
      }
    }
    return order + nodes.filter { !order.contains($0) }
  }

  /// Whole seconds, because that is what the kernel counts an address's lifetime in; nil for `off`.
  private func readLease() -> Duration? {
    if let node = node("lease"), case .string("off") = node.value { return nil }
    let bounds = Duration.seconds(1)...(.seconds(3600))
    guard let lease = duration("lease", default: .seconds(3), in: bounds, also: "\"off\" for no end") else {
      return nil
    }
    if let range = lease.range, lease.value.components.attoseconds != 0 {
      report.refuse(
        "lease", at: range, "is not a whole number of seconds",
        hint: "set lease = \"\(lease.value.components.seconds + 1)s\", or \"off\" for no end")
    }
    return lease.value
  }

  private func readConflictPolicy() -> GroupRules.ConflictPolicy {
    guard let setting = string("on_conflict") else { return .wait }
    switch setting.value {
    case "wait": return .wait
    case "claim": return .claim
    default:
      report.refuse(
        "on_conflict", at: setting.range ?? range, "is neither \"wait\" nor \"claim\"",
        hint: "\"wait\" asks by ARP before claiming and waits while something answers; \"claim\" does not ask")
      return .wait
    }
  }

  private func readAnnounceRefresh() -> Duration {
    let bounds = Duration.zero...(.seconds(86_400))
    let refresh = duration("announce_refresh", default: .seconds(60), in: bounds, also: "\"0s\" for never")
    guard let refresh else { return .zero }
    if let range = refresh.range, refresh.value > .zero, refresh.value < .seconds(1) {
      report.refuse(
        "announce_refresh", at: range, "is too short: it must be at least 1s, or 0s for never",
        hint: "the default is \"1m\"")
    }
    return refresh.value
  }
}
