import Configuration
import Support
import TakeoverCore

/// Whether all nodes run the same configuration, as their fingerprints say.
enum AgreementCheck: HostCheck {
  static let name = "agreement"

  static func examine(_ host: HostSnapshot) -> [Finding] {
    let mine = host.configuration.fingerprint
    var findings: [Finding] = []
    if let running = host.wire.ownStream?.last.fingerprint, running != mine, let agent = host.agent {
      findings.append(
        .warning(
          "the agent runs another configuration (\(running.hex)) than \(host.configPath) (\(mine.hex))",
          "What is in the file takes effect when the agent reads it again.", fix: [.reload(agent)]))
    }
    let heard = host.peers.compactMap { peer in
      host.wire.heartbeat(of: Tag(of: peer)).map { (peer, $0) }
    }
    findings += heard.filter { $0.1.fingerprint != mine }.map { differing($0.0, $0.1, mine, host) }
    if !findings.isEmpty { return findings }
    guard !heard.isEmpty else { return [.unknown("whether the configurations agree", because: "no peer was heard")] }
    return [.ok("\(heard.map(\.0).joined(separator: ", ")) and this node have the same configuration (\(mine.hex))")]
  }

  private static func differing(_ peer: String, _ heartbeat: Heartbeat, _ mine: UInt32, _ host: HostSnapshot) -> Finding
  {
    .warning(
      "\(peer) runs another configuration (\(heartbeat.fingerprint.hex)) than this file (\(mine.hex))",
      """
      Nodes that differ in addresses, groups or times may both take an address, or neither. \(peer) says keepalive \
      \(heartbeat.keepalive.text), deadtime \(heartbeat.deadtime.text); this file says \
      \(Interval(host.configuration.heartbeat.keepalive).text), \(Interval(host.configuration.heartbeat.deadtime).text).
      """,
      fix: [
        Remedy(
          .compareConfigurations, "ssh \(peer) cat \(host.configPath) | diff - \(host.configPath)",
          "which one is right?"),
        Remedy(
          .copyConfiguration, "scp \(host.configPath) \(peer):\(host.configPath)",
          "if this one is; else the other way round"),
        .reload(on: peer, "then"),
      ])
  }
}
