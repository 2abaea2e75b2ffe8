import Addresses
import Engine
import Log
import Netlink
import Support
import TakeoverCore

/// What is said about addresses that somebody else has, wants or removes; changes of state are the formatter's.
extension Message {
  static func conflict(over group: GroupAddresses, with rival: String, theirTerm: UInt64, won: Bool) -> Message {
    let addresses = group.summary
    let text =
      won
      ? "\(rival) holds \(addresses) too, but our claim goes before its (term \(theirTerm)): announcing anew"
      : "\(rival) holds \(addresses) too, and its claim goes before ours (term \(theirTerm)): letting go"
    return Message(
      won ? .conflictWon : .conflictLost, text, group.fields + [.peer: rival, .term: "\(theirTerm)"])
  }

  static func interfered(with group: GroupAddresses) -> Message {
    Message(.interfered, "somebody removed an address of group \(group.name): putting it back", group.fields)
  }

  static func stormed(_ group: GroupAddresses, losses: Int) -> Message {
    Message(
      .stormed,
      """
      somebody has removed addresses of group \(group.name) \(losses) times in 10 s: find out who configures \
      \(group.summary) (NetworkManager, networkd, a script?)
      """, group.fields + [.count: "\(losses)"])
  }

  static func silentOwnerAnswers(
    for group: GroupAddresses, _ owner: String, from hardware: EthernetAddress, port: UInt16
  ) -> Message {
    Message(
      .silentOwnerAnswers,
      """
      \(owner) still answers for \(group.summary) (\(hardware.text)) but its heartbeats do not arrive: is UDP port \
      \(port) blocked by a firewall, or its agent dead? Waiting until the answers stop
      """, group.fields + [.peer: owner, .hardware: hardware.text])
  }

  /// - Parameter hasLeft: it has said goodbye; else it is heard.
  static func idleNodeAnswers(
    for group: GroupAddresses, _ node: String, hasLeft: Bool, from hardware: EthernetAddress
  ) -> Message {
    let state = hasLeft ? "has said goodbye" : "is heard and does not own group \(group.name)"
    return Message(
      .heardNodeAnswers,
      """
      \(node) \(state), but its host answers for \(group.summary) (\(hardware.text)): somebody has put the address there\
      \(hasLeft ? ", or it could not be removed" : ""). Not taking it while it answers: see `ip address show` on \(node)
      """, group.fields + [.peer: node, .hardware: hardware.text])
  }

  static func foreignAddress(_ prefix: IPPrefix, on device: String, of group: GroupAddresses) -> Message {
    Message(
      .foreignAddress,
      """
      this host has \(prefix) of group \(group.name) on \(device), and the agent did not put it there: no node can take it \
      while its kernel answers for it; if it is the host's own address, give the group another one; if not, take it out of the \
      network's configuration (`vipagent doctor` says how)
      """, [.group: group.name, .address: "\(prefix)", .device: device])
  }

  static func foreignAddressGone(_ prefix: IPPrefix, of group: GroupAddresses) -> Message {
    Message(
      .foreignAddressGone, "\(prefix) of group \(group.name), which was not the agent's, is gone from this host",
      [.group: group.name, .address: "\(prefix)"])
  }

  /// - Parameter unheard: the nodes of which nothing was heard yet; the answer may be one's.
  static func strangerAnswers(
    for group: GroupAddresses, from hardware: EthernetAddress, unheard: [String], port: UInt16
  ) -> Message {
    let who = unheard.isEmpty ? "none of our nodes" : "none of the nodes that were heard"
    let other =
      unheard.isEmpty ? "" : ", unless it is \(unheard.joined(separator: " or ")) behind a firewall (UDP port \(port))"
    return Message(
      .strangerAnswers,
      """
      address conflict: \(hardware.text), \(who), answers for \(group.summary): not taking it; find the host and take \
      the address from it\(other)
      """, group.fields + [.hardware: hardware.text])
  }

  static func claimHeldBack(
    _ group: GroupAddresses, by node: String, _ why: HoldBack, port: UInt16
  ) -> Message {
    return Message(
      .claimHeldBack, "not taking \(group.summary) yet: \(why.words(of: node, port: port))",
      group.fields + [.peer: why == .namesake ? nil : node])
  }

  static func unasked(_ group: GroupAddresses, for time: Interval) -> Message {
    Message(
      .unasked,
      """
      nobody can be asked for \(group.summary): no device of its addresses takes an ARP probe. Waiting for \(time.text), in \
      which the lease of a former owner ends
      """, group.fields)
  }

  static func proxyAnswers(for group: GroupAddresses, from hardware: EthernetAddress) -> Message {
    Message(
      .proxyAnswers,
      """
      \(hardware.text) answers ARP for \(group.summary) but no echo: a proxy or a switch answers for a dead host
      """, group.fields + [.hardware: hardware.text])
  }

  static func usurped(
    _ group: GroupAddresses, by hardware: EthernetAddress, unheard: [String], defended: Bool
  ) -> Message {
    let who = unheard.isEmpty ? "none of our nodes" : "none of the nodes that were heard"
    return Message(
      defended ? .usurped : .usurpedAgain,
      """
      \(hardware.text), \(who), uses an address of \(group.summary): find the host and take the address \
      from it; \(defended ? "announced ours again" : "not answered again within 10 s")
      """, group.fields + [.hardware: hardware.text])
  }

  static func yieldingLeftover(_ group: GroupAddresses, to owner: String) -> Message {
    Message(
      .yieldingLeftover, "\(owner) has \(group.summary): removing what an earlier agent left here",
      group.fields + [.peer: owner])
  }

  static func standbyRefused(_ group: GroupAddresses) -> Message {
    Message(
      .standbyRefused, "standby: no other node can take \(group.summary) now: keeping it until one can", group.fields)
  }

  static func standby(_ isOn: Bool) -> Message {
    isOn
      ? Message(.standbyBegan, "on standby for every group, until `vipagent available` or SIGUSR2")
      : Message(.standbyEnded, "available for every group again")
  }

  static func stalled(for lateness: Interval) -> Message {
    Message(
      .stalled,
      "this agent was not run for \(lateness.text) beyond its time: letting go of everything and listening again",
      [.silence: lateness.inMicroseconds])
  }

  static func endedEarly() -> Message {
    Message(.endedEarly, "stopping although the kernel has not confirmed that all addresses are gone")
  }
}

extension HoldBack {
  /// What it is, in words.
  /// - Parameter port: the heartbeats' UDP port.
  func words(of node: String, port: UInt16) -> String {
    switch self {
    case .unproven:
      """
      heartbeats in the name of \(node) say that it holds the group, but do not answer to ours: it does not hear us (is \
      UDP port \(port) open on it?), or somebody replays a recording
      """
    case .restarting: "\(node) restarts its agent, and its kernel has the addresses"
    case .namesake:
      "another agent calls itself \(node), too, or somebody replays a recording of what this node said before it started"
    }
  }
}
