import Configuration
import Glibc

/// The key file: who may read it, and whether it holds keys.
enum KeyFileCheck: HostCheck {
  static let name = "keys"

  static func examine(_ host: HostSnapshot) -> [Finding] {
    let path = host.configuration.keys
    switch host.keys {
    case .success(let ring):
      let count = ring.keys.count == 1 ? "1 key" : "\(ring.keys.count) keys"
      return [.ok("\(path): \(count), key \(ring.signing.id) signs, nobody else may read it")]
    case .failure(let error):
      // It is right that only its owner may read it; whether it is well is then the owner's to find out.
      if access(path, R_OK) != 0, errno == EACCES {
        return [.unknown(path, because: "only its owner may read it: run this as root or as the agent's user")]
      }
      let line = error.line.map { ", line \($0)" } ?? ""
      return [
        Finding(
          severity: .error, what: "\(path)\(line): \(error.message)",
          why: """
            An agent neither starts nor reloads with this file. Whoever can read it can send heartbeats in any node's name \
            and keep the others from taking over.
            """, fix: error.hint.map { [remedy($0)] } ?? [])
      ]
    }
  }

  private static func remedy(_ hint: String) -> Remedy {
    hint.hasPrefix("chmod ") || hint.hasPrefix("chown ") ? Remedy(.mendFile, hint) : .advice(hint)
  }
}
