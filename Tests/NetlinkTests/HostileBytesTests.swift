import CMnl
import Testing

@testable import Netlink

/// SplitMix64: the same bytes in every run.
private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Bytes that no kernel would send. Arrays of the exact length, so that AddressSanitizer sees a read beyond the end.
@Suite struct HostileBytesTests {
  static let addressBytes: [UInt8] = notification(RTM_NEWADDR) { (request) throws(NetlinkError.Reason) in
    guard let prefix = IPPrefix("195.46.64.21/24") else { return }
    try InterfaceAddress(
      prefix: prefix, link: 2, label: "eth0:0", broadcast: prefix.broadcast, flags: 0x200, protocolTag: 86,
      validLifetime: 3, preferredLifetime: 3
    ).writeForAdding(to: request)
  }

  static let linkBytes: [UInt8] = notification(RTM_NEWLINK) { (request) throws(NetlinkError.Reason) in
    var header = ifinfomsg()
    header.ifi_index = 3
    request.putHeader(header)
    try request.put(Int(IFLA_IFNAME), name: "eth0")
    request.put(Int(IFLA_ADDRESS), bytes: [2, 0, 0, 0, 0, 1])
    request.put(Int(IFLA_MTU), UInt32(1500))
    request.put(Int(IFLA_MASTER), UInt32(5))
    request.put(Int(IFLA_LINK), UInt32(4))
    try request.nest(Int(IFLA_LINKINFO)) { () throws(NetlinkError.Reason) in
      try request.put(Int(IFLA_INFO_KIND), name: "veth")
    }
  }

  private static func notification(
    _ type: some BinaryInteger, _ fill: (Request) throws(NetlinkError.Reason) -> Void
  ) -> [UInt8] {
    var buffer = RequestBuffer()
    try? buffer.append(Int(type), flags: 0, sequence: 0, fill)
    return Array(buffer.bytes)
  }

  private func events(_ bytes: [UInt8]) throws(MalformedMessage) -> [RouteEvent] {
    var events: [RouteEvent] = []
    try RouteEvent.read(bytes.span.bytes) { events.append($0) }
    return events
  }

  @Test func wholeNotificationsAreRead() throws {
    guard case .addressAdded(let address) = try events(Self.addressBytes).first else {
      Issue.record("no address")
      return
    }
    #expect(address.prefix == IPPrefix("195.46.64.21/24"))
    guard case .linkChanged(let link) = try events(Self.linkBytes).first else {
      Issue.record("no link")
      return
    }
    #expect(link.index == 3 && link.name == "eth0")
    #expect(link.hardwareAddress == HardwareAddress("02:00:00:00:00:01"))
    #expect(link.master == 5 && link.kind == "veth")
    #expect(try events(Self.addressBytes + Self.linkBytes).count == 2)
  }

  @Test(arguments: [addressBytes, linkBytes])
  func aDatagramCutAnywhereIsRefused(bytes: [UInt8]) throws {
    #expect(try events([]).isEmpty)
    for length in 1..<bytes.count {
      #expect(throws: MalformedMessage.truncatedMessage) { try self.events(Array(bytes.prefix(length))) }
    }
  }

  /// The header tells the shorter length, so only the attributes can notice.
  @Test(arguments: [addressBytes, linkBytes])
  func aMessageCutWithinAnAttributeIsRefused(bytes: [UInt8]) throws {
    var boundaries: Set<Int> = [bytes.count]
    var offset = bytes == Self.linkBytes ? 32 : 24
    while offset < bytes.count {
      boundaries.insert(offset)
      // The padding after an attribute may be missing at the very end of a message.
      let length = Int(bytes[offset]) | Int(bytes[offset + 1]) << 8
      for end in offset + length...offset + (length + 3) & ~3 { boundaries.insert(end) }
      offset += (length + 3) & ~3
    }
    for length in 16..<bytes.count {
      var cut = Array(bytes.prefix(length))
      cut[0] = UInt8(length)
      if boundaries.contains(length) {
        _ = try? events(cut)
      } else {
        #expect(throws: MalformedMessage.self, "cut at \(length)") { try self.events(cut) }
      }
    }
  }

  @Test func namesNeedNeitherNULNorUTF8() throws {
    // struct ifinfomsg, then IFLA_IFNAME with four bytes that are not UTF-8 and no NUL.
    let header: [UInt8] = [0, 0, 1, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    let bytes: [UInt8] = header + [8, 0, 3, 0, 0xff, 0xc3, 0x28, 0x80]
    #expect(try Link(parsing: bytes.span.bytes).name == "\u{fffd}\u{fffd}(\u{fffd}")
    let empty: [UInt8] = header + [4, 0, 3, 0]
    #expect(try Link(parsing: empty.span.bytes).name == "")
    #expect(throws: MalformedMessage.missingAttribute(Int(IFLA_IFNAME))) { try Link(parsing: header.span.bytes) }
  }

  @Test func valuesOutOfRangeAreRefused() throws {
    var tooLong = Self.addressBytes
    tooLong[17] = 33
    #expect(throws: MalformedMessage.invalidAttribute(Int(IFA_ADDRESS))) { try self.events(tooLong) }
    var foreign = Self.addressBytes
    foreign[16] = 45
    #expect(try events(foreign).isEmpty)
    let payload = Array(foreign[16...])
    #expect(throws: MalformedMessage.unknownFamily(45)) { try InterfaceAddress(parsing: payload.span.bytes) }
    var wrongFamily = Self.addressBytes
    wrongFamily[16] = 10
    #expect(throws: MalformedMessage.invalidAttribute(Int(IFA_LOCAL))) { try self.events(wrongFamily) }
  }

  @Test func aPortLeavingABridgeIsNoRemovedLink() throws {
    var bytes = Self.linkBytes
    bytes[4] = UInt8(RTM_DELLINK)
    #expect(try events(bytes).count == 1)
    bytes[16] = 7  // AF_BRIDGE
    #expect(try events(bytes).isEmpty)
  }

  @Test func damagedAndRandomBytesNeverTrap() throws {
    var generator = SeededGenerator(state: 86)
    var read = 0
    var refused = 0
    for round in 0..<40_000 {
      var bytes = round % 2 == 0 ? Self.addressBytes : Self.linkBytes
      if round % 5 == 0 {
        bytes = (0..<Int.random(in: 0...200, using: &generator)).map { _ in .random(in: 0...255, using: &generator) }
      }
      for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
      }
      do throws(MalformedMessage) {
        read += try events(bytes).count
      } catch {
        refused += 1
      }
      _ = try? Link(parsing: bytes.span.bytes)
      _ = try? InterfaceAddress(parsing: bytes.span.bytes)
      let flags = Int32.random(in: 0...0xffff, using: &generator)
      _ = try? Verdict(MessageHeader(type: Int(NLMSG_ERROR), flags: flags, sequence: 0), bytes.span.bytes)
    }
    // Both ways were taken often, so that the bytes went deep.
    #expect(read > 5_000)
    #expect(refused > 5_000)
  }
}
