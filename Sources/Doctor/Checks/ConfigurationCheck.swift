import Configuration
import Status
import TakeoverCore

/// The configuration itself, and whether it is this host's. One that cannot be read at all is nobody's business here.
enum ConfigurationCheck: HostCheck {
  static let name = "config"

  static func examine(_ host: HostSnapshot) -> [Finding] {
    var findings = host.loaded.check(nodeName: host.hostName).map { diagnostic in
      Finding.error(
        diagnostic.message,
        "An agent does not start on a host that is none of its nodes. \(circumstance(host) ?? sentence(diagnostic.hint))",
        fix: remedies(host))
    }
    if let refusal = host.kernelRefusal {
      findings.append(.unknown("devices and addresses", because: "\(refusal)"))
    }
    return findings.isEmpty ? [.ok("\(host.configPath): \(host.configuration.summary)")] : findings
  }

  /// The names of the others are theirs: two hosts of one name take addresses from each other.
  private static func remedies(_ host: HostSnapshot) -> [Remedy] {
    let rename = runningName(host).map {
      [Remedy(.renameHost, "hostnamectl set-hostname \($0)", "if it shall keep that name")]
    }
    return (rename ?? []) + [
      Remedy(
        .nameNode, "name = \"\(host.hostName)\"",
        "instead of the name that this host had, in its [[node]] and in preferred of \(host.configPath) on every node"
      )
    ]
  }

  /// What tells which of the nodes this host is, or is not.
  private static func circumstance(_ host: HostSnapshot) -> String? {
    if let name = runningName(host), let agent = host.agent {
      return "The one that runs here (pid \(agent.process)) was started as \(name), and will not start again."
    }
    let heard = host.configuration.nodes.filter { host.wire.heartbeat(of: Tag(of: $0)) != nil }
    guard !heard.isEmpty else { return nil }
    return
      "\(heard.joined(separator: ", ")) \(heard.count == 1 ? "is" : "are") heard from elsewhere: this host is another one."
  }

  private static func runningName(_ host: HostSnapshot) -> String? { (try? host.status?.get())?.agent.node }

  private static func sentence(_ hint: String?) -> String {
    hint.map { $0.prefix(1).uppercased() + $0.dropFirst() + "." } ?? ""
  }
}
