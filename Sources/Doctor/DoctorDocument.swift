import FoundationEssentials

/// A diagnosis for a program: docs/doctor.md describes it. Fields may be added; none changes its meaning under one
/// `version`.
package struct DoctorDocument: Encodable {
  struct Entry: Encodable {
    let check: String
    let severity: String
    let what: String
    let why: String?
    /// Each in a line, as a person reads it.
    let fix: [String]
    let remedies: [Cure]
  }

  struct Cure: Encodable {
    let kind: String
    /// `command`, `line` or `advice`.
    let manner: String
    let text: String
    let comment: String?

    init(_ remedy: Remedy) {
      kind = remedy.kind.rawValue
      manner = remedy.kind.manner.rawValue
      text = remedy.text
      comment = remedy.comment
    }
  }

  let version = 1
  let node: String
  let config: String
  /// The process of the agent; absent where none runs.
  let agent: Int32?
  /// The worst severity of all.
  let severity: String
  let findings: [Entry]

  package init(_ doctor: Doctor) {
    node = doctor.host.nodeName ?? doctor.host.hostName
    config = doctor.host.configPath
    agent = doctor.host.agent?.process
    severity = doctor.severity.name
    findings = doctor.diagnoses.flatMap { diagnosis in
      diagnosis.findings.map {
        Entry(
          check: diagnosis.check, severity: $0.severity.name, what: $0.what, why: $0.why, fix: $0.fix.map(\.line),
          remedies: $0.fix.map(Cure.init))
      }
    }
  }

  /// As JSON (RFC 8259), keys in order, one finding below the other.
  package func text() throws(EncodingError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch let error as EncodingError {
      throw error
    } catch {
      throw .invalidValue(self, EncodingError.Context(codingPath: [], debugDescription: "\(error)"))
    }
  }
}
