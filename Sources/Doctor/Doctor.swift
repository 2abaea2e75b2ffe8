import Configuration
import Support
import TakeoverCore

/// Examines a host: every check, one after the other, over what was read and heard once.
package struct Doctor {
  /// In the order of the report: what the host is, what it may do, how it is set, what the wire says.
  static let checks: [any HostCheck.Type] = [
    ConfigurationCheck.self, KeyFileCheck.self, DeviceCheck.self, SpanningTreeCheck.self, KernelCheck.self,
    CapabilityCheck.self, RealtimeCheck.self, PortCheck.self, AgentCheck.self, ReversePathCheck.self,
    ARPSettingsCheck.self, PromotionCheck.self, NetworkManagerCheck.self, HeartbeatCheck.self, AgreementCheck.self,
    PresenceCheck.self, AnswerCheck.self, DuplicateCheck.self, ClockCheck.self,
  ]

  /// What each check has found, in that order.
  struct Diagnosis {
    let check: String
    let findings: [Finding]
  }

  let host: HostSnapshot
  let diagnoses: [Diagnosis]

  /// Listens for so long, and examines.
  package init(_ host: HostSnapshot, listening: Interval) {
    var host = host
    host.wire = WireWatch.listen(host, for: listening)
    host.askAgain()
    self.host = host
    let hasProc = ProcessTable.isReadable
    diagnoses = Self.checks.map { [host] check in
      let isBlind = check.needsProc && !hasProc
      return Diagnosis(
        check: check.name,
        findings: isBlind ? [.unknown(check.name, because: "there is no /proc")] : check.examine(host))
    }
  }

  /// How long to listen if nobody says: three heartbeats and as long as a bridge needs to speak (its hello time is
  /// 2 s, IEEE 802.1D §17.14), but no longer than a person waits.
  package static func usualListening(_ configuration: Configuration) -> Interval {
    let beats = Interval(nanoseconds: configuration.heartbeat.keepalive.nanoseconds * 3)
    return min(max(beats, .milliseconds(2_200)), .milliseconds(30_000))
  }

  /// The worst of all findings.
  var severity: Severity { diagnoses.flatMap(\.findings).map(\.severity).max() ?? .ok }

  /// 0, 1 with a warning, 2 with an error.
  package var exitCode: Int32 {
    switch severity {
    case .ok, .note: 0
    case .warning: 1
    case .error: 2
    }
  }
}
