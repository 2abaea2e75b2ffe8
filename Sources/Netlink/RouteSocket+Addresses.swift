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
  ///     lifetimes and the new protocol tag, and for IPv6 the new flags; its label and its broadcast address stay.
  ///     Without it such an address fails with EEXIST.
  /// - Returns: the addresses that were refused, in the order given.
  /// - Throws: if the socket failed; then the rest of the addresses may or may not have been added.
  @discardableResult
  public mutating func add(
    _ addresses: [InterfaceAddress], replacing: Bool
  ) throws(NetlinkError) -> [AddressFailure] {
    let flags = NLM_F_CREATE | (replacing ? NLM_F_REPLACE : NLM_F_EXCL)
    return try batch("add", "to", addresses, Int(RTM_NEWADDR), flags: Int32(flags)) {
      (address, request) throws(NetlinkError.Reason) in
      try address.writeForAdding(to: request)
    }
  }

  /// Removes addresses, in as few system calls as possible. Only the device, the address and its prefix length count.
  ///
  /// Removing the first IPv4 address of a subnet removes its secondary ones too, unless `promote_secondaries` is set:
  /// those then fail with EADDRNOTAVAIL.
  /// - Returns: the addresses that could not be removed, in the order given.
  /// - Throws: if the socket failed; then the rest of the addresses may or may not have been removed.
  @discardableResult
  public mutating func remove(_ addresses: [InterfaceAddress]) throws(NetlinkError) -> [AddressFailure] {
    try batch("remove", "from", addresses, Int(RTM_DELADDR), flags: 0) {
      (address, request) throws(NetlinkError.Reason) in
      address.writeIdentity(to: request)
    }
  }

  private typealias Refusal = (place: Int, reason: NetlinkError.Reason)

  /// Makes one request for each address and collects those that fail.
  private mutating func batch(
    _ verb: String, _ preposition: String, _ addresses: [InterfaceAddress], _ type: Int, flags: Int32,
    _ fill: (InterfaceAddress, Request) throws(NetlinkError.Reason) -> Void
  ) throws(NetlinkError) -> [AddressFailure] {
    let first = reserveSequence(addresses.count)
    var refusals: [Refusal] = []
    var chunk = 0..<0
    while chunk.upperBound < addresses.count {
      chunk = write(from: chunk.upperBound, of: addresses.count, &refusals) {
        (place, buffer) throws(NetlinkError.Reason) in
        try buffer.append(type, flags: flags, sequence: first &+ UInt32(truncatingIfNeeded: place)) {
          (request) throws(NetlinkError.Reason) in
          try fill(addresses[place], request)
        }
      }
      do throws(NetlinkError.Reason) {
        try commit(chunk, first: first, &refusals)
      } catch {
        throw NetlinkError(verb, "\(addresses[chunk.lowerBound].prefix) and those after it", error)
      }
    }
    return describe(refusals, verb, preposition, addresses)
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
  private mutating func describe(
    _ refusals: [Refusal], _ verb: String, _ preposition: String, _ addresses: [InterfaceAddress]
  ) -> [AddressFailure] {
    var names: [Int32: String] = [:]
    return refusals.sorted { $0.place < $1.place }.map { place, reason in
      let address = addresses[place]
      let name = names[address.link] ?? nameForErrors(address.link)
      names[address.link] = name
      return AddressFailure(
        address: address, error: NetlinkError(verb, "\(address.prefix) \(preposition) \(name)", reason))
    }
  }
}
