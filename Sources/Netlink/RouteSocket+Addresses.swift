import CMnl

extension RouteSocket {
  /// Every address of the namespace's devices, of one family or of both.
  public mutating func addresses(of family: IPAddress.Family? = nil) throws(NetlinkError) -> [InterfaceAddress] {
    do throws(NetlinkError.Reason) {
      return try dump(Int(RTM_GETADDR)) { (request) throws(NetlinkError.Reason) in
        var header = ifaddrmsg()
        header.ifa_family = family?.rawValue ?? 0
        request.putHeader(header)
      } parse: { (payload) throws(MalformedMessage) in
        // A dump of both families brings those of other protocols along (MCTP, phonet).
        let isOurs = payload.load(UInt8.self, at: 0).flatMap(IPAddress.Family.init) != nil
        return isOurs ? try InterfaceAddress(parsing: payload) : nil
      }
    } catch {
      throw NetlinkError("list", "addresses", error)
    }
  }

  /// Adds addresses, in as few system calls as possible.
  ///
  /// An address is there when this returns, unless a failure names it; one refused address hinders no other.
  /// - Parameters:
  ///   - replacing: an address that is there already (the same address, prefix length and device) gets the new
  ///     lifetimes, the new protocol tag and the new metric, and for IPv6 the new flags; its label and its broadcast address
  ///     stay. Without it such an address fails with EEXIST.
  /// - Returns: the addresses that were refused, in the order given.
  /// - Throws: if the socket failed; then the rest of the addresses may or may not have been added.
  @discardableResult
  public mutating func add(
    _ addresses: [InterfaceAddress], replacing: Bool
  ) throws(NetlinkError) -> [AddressFailure] {
    try batch(addresses.count) { place in replacing ? .put(addresses[place]) : .add(addresses[place]) }
  }

  /// Removes addresses, in as few system calls as possible. Only the device, the address, its prefix length and its peer
  /// count.
  ///
  /// Removing the first IPv4 address of a subnet removes its secondary ones too, unless `promote_secondaries` is set:
  /// those then fail with EADDRNOTAVAIL.
  /// - Returns: the addresses that could not be removed, in the order given.
  /// - Throws: if the socket failed; then the rest of the addresses may or may not have been removed.
  @discardableResult
  public mutating func remove(_ addresses: [InterfaceAddress]) throws(NetlinkError) -> [AddressFailure] {
    try batch(addresses.count) { place in .remove(addresses[place]) }
  }

  /// Makes changes one after the other, in as few system calls as possible: the kernel does nothing else for this socket
  /// between two of them.
  /// - Returns: the addresses whose change was refused, in the order given.
  /// - Throws: if the socket failed; then the rest of the changes may or may not have been made.
  @discardableResult
  public mutating func change(_ changes: [AddressChange]) throws(NetlinkError) -> [AddressFailure] {
    try batch(changes.count) { place in changes[place] }
  }

  private typealias Refusal = (place: Int, reason: NetlinkError.Reason)

  /// Makes one request for each change and collects those that fail.
  private mutating func batch(
    _ count: Int, _ change: (Int) -> AddressChange
  ) throws(NetlinkError) -> [AddressFailure] {
    let first = reserveSequence(count)
    var refusals: [Refusal] = []
    var chunk = 0..<0
    while chunk.upperBound < count {
      chunk = write(from: chunk.upperBound, of: count, &refusals) { (place, buffer) throws(NetlinkError.Reason) in
        let change = change(place)
        try buffer.append(
          change.type, flags: change.flags, sequence: first &+ UInt32(truncatingIfNeeded: place)
        ) { (request) throws(NetlinkError.Reason) in try change.write(to: request) }
      }
      do throws(NetlinkError.Reason) {
        try commit(chunk, first: first, &refusals)
      } catch {
        let change = change(chunk.lowerBound)
        throw NetlinkError(change.verb, "\(change.address.prefix) and those after it", error)
      }
    }
    return describe(refusals, change)
  }

  /// Fills the buffer with requests, the last of which asks for an acknowledgement: the kernel answers those that fail
  /// in any case, so that its silence about the others, once the last is answered, means that they succeeded.
  /// - Returns: the places of the addresses that went into the buffer or were refused on the way.
  private mutating func write(
    from start: Int, of count: Int, _ refusals: inout [Refusal],
    append: (Int, inout RequestBuffer) throws(NetlinkError.Reason) -> Void
  ) -> Range<Int> {
    request.removeAll()
    var next = start
    while next < count, next - start < batchLimit, request.hasRoom {
      do throws(NetlinkError.Reason) {
        try append(next, &request)
      } catch {
        refusals.append((next, error))
      }
      next += 1
    }
    request.acknowledgeLast()
    return start..<next
  }

  /// Sends the requests and collects those that the kernel refuses.
  private mutating func commit(
    _ chunk: Range<Int>, first: UInt32, _ refusals: inout [Refusal]
  ) throws(NetlinkError.Reason) {
    guard !request.isEmpty else { return }
    let last = request.lastSequence
    let start = first &+ UInt32(truncatingIfNeeded: chunk.lowerBound)
    try exchange(first: start, count: chunk.count) { (place, header, payload) throws(MalformedMessage) in
      guard header.type == Int(NLMSG_ERROR) else { return false }
      let verdict = try Verdict(header, payload)
      if let refusal = verdict.refusal { refusals.append((chunk.lowerBound + place, refusal)) }
      return header.sequence == last
    }
  }

  /// Gives the refusals the names of their addresses and devices.
  private mutating func describe(_ refusals: [Refusal], _ change: (Int) -> AddressChange) -> [AddressFailure] {
    var names: [Int32: String] = [:]
    return refusals.sorted { $0.place < $1.place }.map { place, reason in
      let change = change(place)
      let address = change.address
      let name = names[address.link] ?? nameForErrors(address.link)
      names[address.link] = name
      return AddressFailure(
        address: address, error: NetlinkError(change.verb, "\(address.prefix) \(change.preposition) \(name)", reason))
    }
  }
}
