/// The configuration itself, and whether it is this host's. One that cannot be read at all is nobody's business here.
enum ConfigurationCheck: HealthCheck {
  static let name = "config"

  static func examine(_ patient: Patient) -> [Finding] {
    var findings = patient.loaded.check(nodeName: patient.hostName).map { diagnostic in
      Finding.error(
        diagnostic.message,
        "An agent does not start on a host that is none of its nodes. \(sentence(diagnostic.hint))",
        fix: "hostnamectl set-hostname \(patient.configuration.nodes[0])  # or correct \(patient.configPath)")
    }
    if let refusal = patient.kernelRefusal {
      findings.append(.unknown("devices and addresses", because: "\(refusal)"))
    }
    return findings.isEmpty ? [.ok("\(patient.configPath): \(patient.configuration.summary)")] : findings
  }

  private static func sentence(_ hint: String?) -> String {
    hint.map { $0.prefix(1).uppercased() + $0.dropFirst() + "." } ?? ""
  }
}
