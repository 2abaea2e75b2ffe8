import CMnl
import Netlink

/// A datagram from a netlink socket, read as a monitor reads it, and as the answer to a request of each kind.
func fuzzNetlink(_ bytes: UnsafeRawBufferPointer) {
  let datagram = RawSpan(_unsafeBytes: bytes)
  try? RouteEvent.read(datagram) { event in
    switch event {
    case .addressAdded(let address), .addressRemoved(let address): checkRoundTrip(address)
    case .linkChanged(let link), .linkRemoved(let link): hold(!link.name.utf8.contains(0), "a name ends at its NUL")
    case .routeRemoved(let route): checkRoundTrip(route)
    }
  }
  try? datagram.forEachMessage { (header, payload) throws(MalformedMessage) in
    if let verdict = try? Verdict(header, payload), let refusal = verdict.refusal {
      // A character that is not UTF-8 takes three bytes in its stead.
      let limit = 3 * payload.byteCount + 256
      hold("\(refusal)".utf8.count <= limit, "a refusal says no more than the kernel did")
    }
    _ = try? Link(parsing: payload)
    if let address = try? InterfaceAddress(parsing: payload) { checkRoundTrip(address) }
  }
  // Without a header in front of it, more of the input is attributes.
  _ = try? Route(parsing: datagram)
  _ = try? Link(parsing: datagram)
  if let address = try? InterfaceAddress(parsing: datagram) { checkRoundTrip(address) }
  _ = try? ExtendedAck(attributes: datagram)
}

/// An address that was read can be asked for, and is the same address then.
private func checkRoundTrip(_ address: InterfaceAddress) {
  var request = RequestBuffer()
  do throws(NetlinkError.Reason) {
    try request.append(Int(RTM_NEWADDR), flags: 0, sequence: 1) { (request) throws(NetlinkError.Reason) in
      try address.writeForAdding(to: request)
    }
  } catch {
    // A label that no kernel has: empty, or longer than a device's name.
    let length = address.label?.utf8.count ?? 1
    return hold(!(1...15).contains(length), "an address can be written: \(error)")
  }
  var again: [RouteEvent] = []
  try? RouteEvent.read(request.bytes.bytes) { again.append($0) }
  hold(again == [.addressAdded(address)], "an address is the same when it is written and read again")
}

/// A route that was read can be put back, and is the same route then.
private func checkRoundTrip(_ route: Route) {
  var request = RequestBuffer()
  try? request.append(Int(RTM_DELROUTE), flags: 0, sequence: 1) { (request) throws(NetlinkError.Reason) in
    route.write(to: request)
  }
  var again: [RouteEvent] = []
  try? RouteEvent.read(request.bytes.bytes) { again.append($0) }
  hold(again == [.routeRemoved(route)], "a route is the same when it is written and read again")
}
