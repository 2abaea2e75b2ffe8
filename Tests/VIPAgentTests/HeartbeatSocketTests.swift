import CLinux
import Glibc
import Linux
import Netlink
import Testing

@testable import VIPAgent

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
      #expect(hear(here) == .heard("I live", from: 0), "its own")
      #expect(hear(here) == .heard("", from: 0))
    }
  }

  /// Two hosts: a kernel drops what seems to come from an address of its own.
  @Test func tellsTheAddressOfTheSender() throws {
    let one = try PrivateNetwork()
    let other = try PrivateNetwork()
    try one.connect("eth0", to: other, "eth0")
    let prefix = try #require(IPPrefix("195.46.64.15/24"))
    try one.change("eth0") { route, index throws(NetlinkError) in
      try route.add([InterfaceAddress(prefix: prefix, link: index)], replacing: false)
    }
    let sender = try one.open(on: "eth0")
    let receiver = try other.open(on: "eth0")
    #expect(say("I live", on: sender) == nil)
    #expect(hear(receiver) == .heard("I live", from: UInt32(0xc32e_400f).bigEndian))
  }

  @Test func hearsItself() throws {
    let network = try PrivateNetwork()
    try network.connect("here", "there")
    try network.enter {
      let here = try HeartbeatSocket(device: "here", port: Self.port)
      #expect(say("echo", on: here) == nil)
      #expect(hear(here) == .heard("echo", from: 0))
    }
  }

  @Test func hearsItselfWithoutCarrierToo() throws {
    let network = try PrivateNetwork()
    try network.connect("here", "there")
    try network.enter {
      let here = try HeartbeatSocket(device: "here", port: Self.port)
      try network.change("there") { route, index throws(NetlinkError) in try route.setUp(index, false) }
      #expect(say("echo", on: here) == nil)
      #expect(hear(here) == .heard("echo", from: 0))
    }
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
      #expect(say("into the void", on: here) == Errno(rawValue: ENETUNREACH))
      #expect(hear(here, waiting: false) == .nothing)
      try network.change("here") { route, index throws(NetlinkError) in try route.setUp(index, true) }
      try network.waitUntilRunning("here")
      #expect(say("back", on: here) == nil)
      #expect(hear(there) == .heard("back", from: 0))
      try network.change("here") { route, index throws(NetlinkError) in try route.removeLink(index) }
      #expect(say("gone", on: here) == Errno(rawValue: ENODEV))
      #expect(hear(there, waiting: false) == .nothing)
    }
  }

  @Test func marksItsPacketsAsNetworkControlForOneHop() throws {
    let network = try PrivateNetwork()
    try network.connect("here", "there")
    let sniffer = try network.enter { try Sniffer(on: network.index(of: "there"), protocolNumber: ETH_P_IP) }
    try network.enter {
      let here = try HeartbeatSocket(device: "here", port: Self.port)
      #expect(say("I live", on: here) == nil)
    }
    let sniffed = sniffer.next()
    let frame = try #require(sniffed)
    #expect(frame.count == 14 + 20 + 8 + 6)
    #expect(frame.prefix(6) == [0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
    #expect(frame[15] == 0xc0, "type of service")
    #expect(frame[22] == 1, "time to live")
    #expect(frame[26..<30] == [0, 0, 0, 0], "from no address")
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

private func say(_ text: String, on socket: borrowing HeartbeatSocket) -> Errno? {
  let bytes = Array(text.utf8)
  return bytes.withUnsafeBytes { socket.send($0) }
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
