import Configuration
import Log
import Support
import TakeoverCore

/// What the agent says about itself: its life, its configuration, its devices.
extension Message {
  static func started(_ configuration: Configuration, as node: String) -> Message {
    let groups = configuration.groups.count == 1 ? "1 group" : "\(configuration.groups.count) groups"
    let fingerprint = configuration.fingerprint.hex
    return Message(
      .started,
      """
      vipagent \(version) on \(node): cluster \(configuration.cluster), \(configuration.nodes.count) nodes, \
      \(groups), fingerprint \(fingerprint)
      """, [.version: version, .fingerprint: fingerprint])
  }

  /// `place` is the file and, where it is known, the line.
  static func notOnHost(_ complaint: String, at place: String) -> Message {
    Message(.notOnHost, "\(place): \(complaint): going on without it until it comes", [.error: complaint])
  }

  static func doubtful(_ what: String, in file: String) -> Message {
    Message(.doubtful, "\(file): \(what)", [.error: what])
  }

  static func controlUnavailable(_ error: String) -> Message {
    Message(
      .controlUnavailable, "\(error): going on without a control socket; status and the other commands will not work",
      [.error: error])
  }

  static func serviceManagerUnavailable(_ error: String) -> Message {
    Message(
      .serviceManagerUnavailable, "\(error): going on without telling the service manager anything", [.error: error])
  }

  /// `endpoint` is nil where the listener was closed.
  static func metricsListening(on endpoint: String?) -> Message {
    Message(.metricsListening, endpoint.map { "metrics at http://\($0)/metrics" } ?? "metrics no longer over HTTP")
  }

  static func metricsUnavailable(_ error: String) -> Message {
    Message(
      .metricsUnavailable, "\(error): going on without metrics over HTTP; a reload tries again", [.error: error])
  }

  static func memoryNotLocked(_ error: String) -> Message {
    Message(
      .memoryNotLocked, "\(error): going on without locked memory; give CAP_IPC_LOCK or raise RLIMIT_MEMLOCK",
      [.error: error])
  }

  static func realtimeRefused(_ error: String) -> Message {
    Message(
      .realtimeRefused,
      """
      SCHED_FIFO: \(error): going on without realtime priority; give CAP_SYS_NICE or raise RLIMIT_RTPRIO
      """, [.error: error])
  }

  static func stopRequested(by signal: String) -> Message {
    Message(.stopRequested, "\(signal): handing over and letting go", [.signal: signal])
  }

  static func restartRequested() -> Message {
    Message(
      .restartRequested, "SIGUSR1: leaving the addresses to a successor, under their leases", [.signal: "SIGUSR1"])
  }

  static func successorWouldFail(_ complaint: String) -> [Message] {
    let lines = complaint.split(separator: "\n").map { "SIGUSR1: \($0)" }
    return (lines + ["SIGUSR1: a successor would not start: handing over and letting go, as when stopped"]).map {
      Message(.successorWouldFail, $0, [.signal: "SIGUSR1", .error: complaint])
    }
  }

  static func stopped(leavingAddresses: Bool) -> Message {
    Message(.stopped, leavingAddresses ? "stopped; the addresses are left to the successor" : "stopped")
  }

  static func stoppedUnfinished(after patience: Interval) -> Message {
    Message(.stoppedUnfinished, "the agent did not come to an end in \(patience.text): exiting as it is")
  }

  static func counted(_ summary: String) -> Message { Message(.counted, summary) }

  static func reloaded(_ configuration: Configuration, isChanged: Bool = true) -> Message {
    let fingerprint = configuration.fingerprint.hex
    let what = isChanged ? "" : ", nothing has changed"
    return Message(.reloaded, "reloaded: fingerprint \(fingerprint)\(what)", [.fingerprint: fingerprint])
  }

  /// One thing that it has changed.
  static func reloadChanged(_ change: ConfigurationChange) -> Message {
    Message(
      .reloadChanged, "reload: \(change.words)",
      [.group: change.group, .setting: change.setting, .before: change.before, .after: change.after])
  }

  /// So many things more than are told one by one.
  static func reloadChangedMore(_ count: Int) -> Message {
    Message(.reloadChanged, "reload: \(count) more changes", [.count: "\(count)"])
  }

  /// `complaint` may have several lines; the last message says what follows from it.
  static func reloadRefused(_ complaint: String) -> [Message] {
    let lines = complaint.split(separator: "\n").map { "reload: \($0)" }
    return (lines + ["reload: the running configuration stays in force"]).map {
      Message(.reloadRefused, $0, [.error: complaint])
    }
  }

  static func reloadNeedsRestart() -> Message {
    Message(.reloadNeedsRestart, "reload: realtime and rtprio take effect at the next start")
  }

  static func threadHangs() -> Message {
    Message(.threadHangs, "the heartbeat thread does not answer; the running configuration stays")
  }

  static func reportsLost(_ count: UInt64) -> Message {
    let reports = count == 1 ? "1 report" : "\(count) reports"
    return Message(
      .reportsLost, "\(reports) of the heartbeat thread found no room: lines are missing here", [.count: "\(count)"])
  }

  // MARK: - Heartbeat devices

  static func deviceCame(_ device: String) -> Message {
    Message(.deviceCame, "\(device) has come: heartbeats go over it from now on", [.device: device])
  }

  static func deviceNotOpened(_ error: String) -> Message { Message(.deviceNotOpened, error, [.error: error]) }

  /// - Parameter words: as "eth0 has no carrier".
  static func deviceCarriesNothing(_ device: String, _ words: String) -> Message {
    Message(.deviceCarriesNothing, words, [.device: device])
  }

  static func deviceCarries(_ device: String) -> Message {
    Message(.deviceCarries, "\(device) is up again, with carrier", [.device: device])
  }

  static func sourceMissing(on device: String) -> Message {
    Message(
      .sourceMissing,
      """
      \(device) has no address of its own yet: this node is not ready before it has one; if it shall have none, set \
      unnumbered = true in [heartbeat]
      """, [.device: device])
  }

  static func sourceLost(on device: String) -> Message {
    Message(
      .sourceMissing, "\(device) has lost its own address: heartbeats leave from 0.0.0.0, and everything goes on",
      [.device: device])
  }

  static func sourceFound(_ source: IPv4Number, on device: String) -> Message {
    Message(
      .sourceFound, "\(device) has the address \(source.text): heartbeats leave from it",
      [.device: device, .source: source.text])
  }

  static func sharedSource(
    of node: String, _ hardware: EthernetAddress, _ source: IPv4Number, on device: String
  ) -> Message {
    Message(
      .sharedSource,
      """
      \(node) (\(hardware.text)) sends heartbeats on \(device) from \(source.text), a shared address: whoever has that \
      address drops them; look there for an old vipagent or for a packet filter that changes the source (nft list \
      ruleset)
      """, [.peer: node, .hardware: hardware.text, .source: source.text, .device: device])
  }

  /// - Parameter device: nil where it is the answers to ARP probes that cannot be heard, on whatever device.
  static func listenFailed(on device: String?, _ error: String) -> Message {
    let what = device.map { "heartbeats cannot be heard on \($0)" } ?? "answers to ARP probes cannot be heard"
    return Message(.listenFailed, "\(what): \(error)", [.device: device, .error: error])
  }

  static func sendFailed(on device: String, _ error: String) -> Message {
    Message(.sendFailed, "no heartbeat leaves on \(device): \(error)", [.device: device, .error: error])
  }

  static func sendRecovered(on device: String) -> Message {
    Message(.sendRecovered, "heartbeats leave on \(device) again", [.device: device])
  }
}
