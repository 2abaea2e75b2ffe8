import CLinux
import Glibc
import Linux
import Netlink
import TakeoverCore
import Testing

@testable import Wire

@Suite(.enabled(if: PrivateNetwork.isPossible, "needs root: network namespaces"))
struct HeartbeatSocketTests {
  private static let port: UInt16 = 694

  @Test func isHeardAtTheOtherEndOfADeviceWithoutAnAddress() throws {
    let network = try PrivateNetwork()
    try network.connect("here", "there")
    try network.enter {
      let here = try HeartbeatSocket(device: "here", port: Self.port)
      let there = try HeartbeatSocket(device: "there", port: Self.port)
      #expect(hear(there, waiting: false) == .nothing)
      #expect(say("I live", on: here) == nil)
      #expect(hear(there) == .heard("I live", from: 0))
      #expect(hear(there, waiting: false) == .nothing)
      #expect(say("", on: there) == nil)
      #expect(hear(here) == .heard("", from: 0))
    }
  }

  /// Two hosts: a kernel drops what seems to come from an address of its own.
  @Test func tellsTheAddressOfTheSender() throws {
    let one = try PrivateNetwork()
    let other = try PrivateNetwork()
    try one.connect("eth0", to: other, "eth0")
    try one.add("195.46.64.15/24", to: "eth0")
    let sender = try one.open(on: "eth0")
    let receiver = try other.open(on: "eth0")
    #expect(say("I live", on: sender, from: Self.own) == nil)
    #expect(hear(receiver) == .heard("I live", from: Self.own.rawValue.bigEndian))
  }

  @Test(arguments: [true, false]) func hearsItself(hasCarrier: Bool) throws {
    let network = try PrivateNetwork()
    try network.connect("here", "there")
    try network.add("195.46.64.15/24", to: "here")
    if !hasCarrier {
      try network.change("there") { route, index throws(NetlinkError) in try route.setUp(index, false) }
    }
    try network.enter {
      let here = try HeartbeatSocket(device: "here", port: Self.port)
      #expect(say("echo", on: here, from: Self.own) == nil)
      #expect(hear(here) == .heard("echo", from: Self.own.rawValue.bigEndian))
    }
  }

  // MARK: - Where a heartbeat comes from

  private static let own = IPv4Number(rawValue: 0xc32e_400f), shared = IPv4Number(rawValue: 0xc32e_4015)
  private static let management = IPv4Number(rawValue: 0x0a07_000b)

  /// Two hosts that both have the shared address, and nothing else on the device: the kernel's own choice of a source
  /// is the shared address, and the other kernel drops that. 0.0.0.0 it takes, whatever its reverse path filter.
  @Test(arguments: [0, 1, 2]) func withoutAnAddressOfItsOwnItIsHeardFromNone(reversePathFilter: Int) throws {
    let one = try PrivateNetwork()
    let other = try PrivateNetwork()
    try one.connect("eth0", to: other, "eth0")
    try one.add("195.46.64.21/24", to: "eth0")
    try other.add("195.46.64.21/24", to: "eth0")
    try other.set("ipv4/conf/all/rp_filter", reversePathFilter)
    try other.set("ipv4/conf/eth0/rp_filter", reversePathFilter)
    let sender = try one.open(on: "eth0")
    let receiver = try other.open(on: "eth0")
    #expect(say("from the shared address", on: sender, from: Self.shared) == nil)
    #expect(say("from nowhere", on: sender, from: .any) == nil)
    #expect(hear(receiver) == .heard("from nowhere", from: 0), "and not the one before, which the kernel has dropped")
  }

  @Test func leavesFromTheAddressThatItIsToldThoughItIsASecondaryOne() throws {
    let one = try PrivateNetwork()
    let other = try PrivateNetwork()
    try one.connect("eth0", to: other, "eth0")
    try one.add("195.46.64.21/24", to: "eth0")
    try one.add("195.46.64.15/24", to: "eth0")
    try other.add("195.46.64.21/24", to: "eth0")
    let sender = try one.open(on: "eth0")
    let receiver = try other.open(on: "eth0")
    #expect(say("I live", on: sender, from: Self.own) == nil)
    #expect(hear(receiver) == .heard("I live", from: Self.own.rawValue.bigEndian))
  }

  /// The address thread learns of it later than the kernel.
  @Test func goesOnWhenItsAddressIsGone() throws {
    let one = try PrivateNetwork()
    let other = try PrivateNetwork()
    try one.connect("eth0", to: other, "eth0")
    let sender = try one.open(on: "eth0")
    let receiver = try other.open(on: "eth0")
    #expect(say("I live", on: sender, from: Self.own) == nil)
    #expect(hear(receiver) == .heard("I live", from: 0))
  }

  /// Why an address of another device will not do.
  @Test(arguments: [0, 1]) func anAddressOfAnotherDeviceIsDroppedByAStrictFilter(reversePathFilter: Int) throws {
    let one = try PrivateNetwork()
    let other = try PrivateNetwork()
    try one.connect("eth0", to: other, "eth0")
    try one.connect("eth1", to: other, "eth1")
    try one.add("10.7.0.11/24", to: "eth1")
    try other.add("10.7.0.12/24", to: "eth1")
    for device in ["all", "eth0"] { try other.set("ipv4/conf/\(device)/rp_filter", reversePathFilter) }
    let sender = try one.open(on: "eth0")
    let receiver = try other.open(on: "eth0")
    #expect(say("from eth1's", on: sender, from: Self.management) == nil)
    #expect(say("from nowhere", on: sender, from: .any) == nil)
    if reversePathFilter == 0 {
      #expect(hear(receiver) == .heard("from eth1's", from: Self.management.rawValue.bigEndian))
    }
    #expect(hear(receiver) == .heard("from nowhere", from: 0))
  }

  @Test(arguments: [true, false]) func aFullHeartbeatLeaves(hasAddress: Bool) throws {
    let one = try PrivateNetwork()
    let other = try PrivateNetwork()
    try one.connect("eth0", to: other, "eth0")
    if hasAddress { try one.add("195.46.64.15/24", to: "eth0") }
    let sender = try one.open(on: "eth0")
    let receiver = try other.open(on: "eth0")
    let text = String(repeating: "x", count: HeartbeatCodec.maximumLength)
    #expect(say(text, on: sender, from: hasAddress ? Self.own : .any) == nil)
    #expect(becomesReadable(receiver.descriptor.raw))
    var batch = PacketBatch()
    #expect(batch.fill(from: receiver.descriptor) == nil && batch.count == 1)
    #expect(batch[0]?.count == HeartbeatCodec.maximumLength)
  }

  @Test func doesNotHearAnotherDevice() throws {
    let network = try PrivateNetwork()
    try network.connect("one", "one-end")
    try network.connect("two", "two-end")
    try network.enter {
      let oneEnd = try HeartbeatSocket(device: "one-end", port: Self.port)
      let twoEnd = try HeartbeatSocket(device: "two-end", port: Self.port)
      let one = try HeartbeatSocket(device: "one", port: Self.port)
      let two = try HeartbeatSocket(device: "two", port: Self.port)
      #expect(say("for one", on: oneEnd) == nil)
      #expect(hear(one) == .heard("for one", from: 0))
      #expect(say("for two", on: twoEnd) == nil)
      #expect(hear(two) == .heard("for two", from: 0), "and not the one that came before")
    }
  }

  @Test func doesNotHearAnotherPort() throws {
    let network = try PrivateNetwork()
    try network.connect("here", "there")
    try network.enter {
      let stranger = try HeartbeatSocket(device: "here", port: Self.port + 1)
      let here = try HeartbeatSocket(device: "here", port: Self.port)
      let there = try HeartbeatSocket(device: "there", port: Self.port)
      #expect(say("not for you", on: stranger) == nil)
      #expect(say("for you", on: here) == nil)
      #expect(hear(there) == .heard("for you", from: 0))
    }
  }

  @Test func dropsWhatIsTooLongAndGoesOn() throws {
    let network = try PrivateNetwork()
    try network.connect("here", "there")
    try network.enter {
      let here = try HeartbeatSocket(device: "here", port: Self.port)
      let there = try HeartbeatSocket(device: "there", port: Self.port)
      #expect(say(String(repeating: "x", count: bufferSize + 1), on: here) == nil)
      let full = String(repeating: "y", count: bufferSize)
      #expect(say(full, on: here) == nil)
      #expect(hear(there) == .truncated)
      #expect(hear(there) == .heard(full, from: 0))
    }
  }

  @Test func saysThatTheDeviceIsDownAndWorksWhenItIsBack() throws {
    let network = try PrivateNetwork()
    try network.connect("here", "there")
    try network.enter {
      let here = try HeartbeatSocket(device: "here", port: Self.port)
      let there = try HeartbeatSocket(device: "there", port: Self.port)
      try network.change("here") { route, index throws(NetlinkError) in try route.setUp(index, false) }
      #expect(say("into the void", on: here) == Errno(rawValue: ENETDOWN))
      #expect(hear(here, waiting: false) == .nothing)
      try network.change("here") { route, index throws(NetlinkError) in try route.setUp(index, true) }
      try network.waitUntilRunning("here")
      #expect(say("back", on: here) == nil)
      #expect(hear(there) == .heard("back", from: 0))
      try network.change("here") { route, index throws(NetlinkError) in try route.removeLink(index) }
      #expect(say("gone", on: here) == Errno(rawValue: ENXIO))
      #expect(hear(there, waiting: false) == .nothing)
    }
  }

  @Test(arguments: [true, false]) func marksItsPacketsAsNetworkControlForOneHop(hasAddress: Bool) throws {
    let network = try PrivateNetwork()
    try network.connect("here", "there")
    if hasAddress { try network.add("195.46.64.15/24", to: "here") }
    let sniffer = try network.enter { try Sniffer(on: network.index(of: "there"), protocolNumber: ETH_P_IP) }
    try network.enter {
      let here = try HeartbeatSocket(device: "here", port: Self.port)
      #expect(say("I live", on: here, from: hasAddress ? Self.own : .any) == nil)
    }
    let sniffed = sniffer.next()
    let frame = try #require(sniffed)
    #expect(frame.count == 14 + 20 + 8 + 6)
    #expect(frame.prefix(6) == [0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
    #expect(frame[15] == 0xc0, "type of service")
    #expect(frame[22] == 1, "time to live")
    #expect(ones(frame[14..<34]) == 0xffff, "the header's checksum")
    #expect(frame[26..<30] == (hasAddress ? [195, 46, 64, 15] : [0, 0, 0, 0]))
    #expect(frame[30..<34] == [255, 255, 255, 255])
    #expect(frame[34..<38] == [0x02, 0xb6, 0x02, 0xb6], "port 694 at both ends")
  }

  @Test func namesTheDeviceAndThePortInItsErrors() throws {
    let network = try PrivateNetwork()
    try network.connect("here", "there")
    try network.enter {
      let missing = SystemError("set SO_BINDTODEVICE", on: "eth9:694", Errno(rawValue: ENODEV))
      #expect(throws: missing) { _ = try HeartbeatSocket(device: "eth9", port: Self.port) }
      let occupant = try Descriptor(socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0), "socket")
      #expect(bindToAnyAddress(occupant.raw, port: Self.port) == 0)
      let taken = SystemError("bind", on: "here:694", Errno(rawValue: EADDRINUSE))
      #expect(throws: taken) { _ = try HeartbeatSocket(device: "here", port: Self.port) }
    }
  }

  @Test func aSecondAgentOnTheSameDeviceAndPortIsRefused() throws {
    let network = try PrivateNetwork()
    try network.connect("here", "there")
    try network.enter {
      let first = try HeartbeatSocket(device: "here", port: Self.port)
      do throws(SystemError) {
        _ = try HeartbeatSocket(device: "here", port: Self.port)
        Issue.record("the second socket was opened")
      } catch {
        #expect(error.errno.name == "EADDRINUSE")
        #expect(error.subject == "here:\(Self.port)")
      }
      _ = try HeartbeatSocket(device: "there", port: Self.port)
      _ = first.descriptor.raw
    }
  }
}

private let bufferSize = 512

/// What a socket heard, with the bytes.
private enum Heard: Equatable {
  case heard(String, from: UInt32)
  case nothing, truncated, failed(Errno)
}

private func say(
  _ text: String, on socket: borrowing HeartbeatSocket, from source: IPv4Number = .any
) -> Errno? {
  let bytes = Array(text.utf8)
  return bytes.withUnsafeBytes { socket.send($0, from: source) }
}

/// The ones' complement sum (RFC 1071): all ones over a header that holds the right checksum.
private func ones(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  let sum = bytes.enumerated().reduce(UInt32(0)) { $0 + UInt32($1.element) << ($1.offset % 2 == 0 ? 8 : 0) }
  return (sum & 0xffff) + sum >> 16
}

extension HeartbeatSocket {
  fileprivate init(device: String, port: UInt16) throws(SystemError) {
    try self.init(device: device, index: Int32(bitPattern: if_nametoindex(device)), port: port)
  }
}

private func hear(_ socket: borrowing HeartbeatSocket, waiting: Bool = true) -> Heard {
  if waiting && !becomesReadable(socket.descriptor.raw) { return .nothing }
  var buffer = [UInt8](repeating: 0xa5, count: bufferSize)
  switch buffer.withUnsafeMutableBytes({ socket.receive(into: $0) }) {
  case .datagram(let length, let source):
    return .heard(String(decoding: buffer.prefix(length), as: UTF8.self), from: source)
  case .empty: return .nothing
  case .truncated: return .truncated
  case .failed(let errno): return .failed(errno)
  }
}

private func bindToAnyAddress(_ raw: Int32, port: UInt16) -> Int32 {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  return withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
}

extension PrivateNetwork {
  fileprivate func open(on device: String) throws -> HeartbeatSocket {
    try enter { try HeartbeatSocket(device: device, port: 694) }
  }
}
