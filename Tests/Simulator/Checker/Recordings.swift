import TakeoverCore

/// Sessions: nobody takes a recording for a node that lives.
extension World {
  func noteSessionBegan(_ host: Int) { ledger.began[host] = now }

  func noteSessionEnded(_ host: Int) { ledger.ended[hosts[host].session] = now }

  /// Who ended before this agent began has never heard of it.
  func checkJoined(_ node: NodeIndex, session: UInt64, for host: Int) {
    forgetFormerSession(of: node, session: session, for: host)
    guard let end = ledger.ended[session], end < ledger.began[host] else { return }
    let name = index(ofNode: node, on: host).map { hosts[$0].name } ?? "a node"
    violate(.recording, host, "takes \(name) for alive in a session that ended before its own began")
  }

  /// What a node said in another session says nothing any more, even if the new one was proven by a recording.
  private func forgetFormerSession(of node: NodeIndex, session: UInt64, for host: Int) {
    guard let other = index(ofNode: node, on: host), ledger.heard[host * hosts.count + other].session != session else {
      return
    }
    let former = ledger.heard[host * hosts.count + other]
    ledger.overtaken[Ledger.key(host, former.session)] = former.sequence
    ledger.heard[host * hosts.count + other] = Ledger.Hearing(session: session)
  }
}
