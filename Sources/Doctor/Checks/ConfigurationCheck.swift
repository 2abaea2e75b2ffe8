import Configuration
import Status
import TakeoverCore

/// The configuration itself, and whether it is this host's. One that cannot be read at all is nobody's business here.
enum ConfigurationCheck: HealthCheck {
  static let name = "config"

  static func examine(_ patient: Patient) -> [Finding] {
    var findings = patient.loaded.check(nodeName: patient.hostName).map { diagnostic in
      Finding.error(
        diagnostic.message,
        "An agent does not start on a host that is none of its nodes. \(circumstance(patient) ?? sentence(diagnostic.hint))",
        fix: remedies(patient))
    }
    if let refusal = patient.kernelRefusal {
      findings.append(.unknown("devices and addresses", because: "\(refusal)"))
    }
    return findings.isEmpty ? [.ok("\(patient.configPath): \(patient.configuration.summary)")] : findings
  }

  /// The names of the others are theirs: two hosts of one name take addresses from each other.
  private static func remedies(_ patient: Patient) -> [Remedy] {
    let rename = runningName(patient).map {
      [Remedy(.renameHost, "hostnamectl set-hostname \($0)", "if it shall keep that name")]
    }
    return (rename ?? []) + [
      Remedy(
        .nameNode, "name = \"\(patient.hostName)\"",
        "instead of the name that this host had, in its [[node]] and in preferred of \(patient.configPath) on every node"
      )
    ]
  }

  /// What tells which of the nodes this host is, or is not.
  private static func circumstance(_ patient: Patient) -> String? {
    if let name = runningName(patient), let agent = patient.agent {
      return "The one that runs here (pid \(agent.process)) was started as \(name), and will not start again."
    }
    let heard = patient.configuration.nodes.filter { patient.wire.heartbeat(of: Tag(of: $0)) != nil }
    guard !heard.isEmpty else { return nil }
    return
      "\(heard.joined(separator: ", ")) \(heard.count == 1 ? "is" : "are") heard from elsewhere: this host is another one."
  }

  private static func runningName(_ patient: Patient) -> String? { (try? patient.status?.get())?.agent.node }

  private static func sentence(_ hint: String?) -> String {
    hint.map { $0.prefix(1).uppercased() + $0.dropFirst() + "." } ?? ""
  }
}
