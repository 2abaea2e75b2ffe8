import TakeoverCore

/// Sessions: nobody takes a recording for a node that lives.
extension World {
  func noteSessionBegan(_ host: Int) { ledger.began[host] = now }

  func noteSessionEnded(_ host: Int) { ledger.ended[hosts[host].session] = now }

  /// Who ended before this agent began has never heard of it.
  func checkJoined(_ node: NodeIndex, session: UInt64, for host: Int) {
    guard let end = ledger.ended[session], end < ledger.began[host] else { return }
    let name = index(ofNode: node, on: host).map { hosts[$0].name } ?? "a node"
    violate(.recording, host, "takes \(name) for alive in a session that ended before its own began")
  }
}
