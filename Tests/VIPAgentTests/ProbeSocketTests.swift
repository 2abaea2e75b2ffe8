import Glibc
import Linux
import Netlink
import TakeoverCore
import Testing

@testable import VIPAgent

/// Questions to a real kernel at the other end of a wire, and which answers wake us up.
@Suite(.enabled(if: PrivateNetwork.isPossible, "needs root: network namespaces"))
struct ProbeSocketTests {
  private static let ours = IPv4Number(rawValue: 0xc000_0201), theirs = IPv4Number(rawValue: 0xc000_0202)

  /// A wire with 192.0.2.1 here and 192.0.2.2 there, and a socket here that hears about 192.0.2.2.
  private func ask(
    _ body: (borrowing ProbeSocket, ProbeSocket.Vantage, _ peer: EthernetAddress) throws -> Void
  ) throws {
    let here = try PrivateNetwork()
    let there = try PrivateNetwork()
    try here.connect("eth0", to: there, "eth0")
    let own = try address("192.0.2.1/24", in: here)
    let peer = try address("192.0.2.2/24", in: there)
    try here.enter {
      let socket = try ProbeSocket(identifier: 0x4711)
      try socket.hear([Self.theirs.rawValue])
      let vantage = ProbeSocket.Vantage(
        index: own.index, hardware: EthernetAddress(try #require(own.hardwareAddress)), address: Self.ours)
      try body(socket, vantage, EthernetAddress(try #require(peer.hardwareAddress)))
    }
  }

  private func address(_ prefix: String, in network: borrowing PrivateNetwork) throws -> Link {
    let prefix = try #require(IPPrefix(prefix))
    return try network.enter {
      var route = try RouteSocket()
      let link = try #require(try route.link(named: "eth0"))
      #expect(try route.add([InterfaceAddress(prefix: prefix, link: link.index)], replacing: false).isEmpty)
      return link
    }
  }

  private func nextARP(_ socket: borrowing ProbeSocket) -> ARPFrame? {
    withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 8) { buffer in
      guard case .success(let frame) = socket.nextARP(into: buffer) else { return nil }
      return frame
    }
  }

  private func nextEcho(_ socket: borrowing ProbeSocket) -> (hardware: EthernetAddress, sequence: UInt16)? {
    withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 8) { socket.nextEcho(into: $0) }
  }

  @Test(arguments: [true, false]) func theHolderAnswersAProbe(isBroadcast: Bool) throws {
    try ask { socket, vantage, peer in
      socket.probe(Self.theirs, from: vantage, at: isBroadcast ? .broadcast : peer)
      #expect(becomesReadable(socket.arp.raw))
      let heard = nextARP(socket)
      let answer = try #require(heard)
      #expect(answer.operation == .reply && answer.senderHardware == peer && answer.senderProtocol == Self.theirs)
      #expect(answer.targetProtocol == .any, "nobody learned anything about us")
      let more = nextARP(socket)
      #expect(more == nil)
    }
  }

  @Test func nobodyAnswersForAnAddressThatNobodyHas() throws {
    try ask { socket, vantage, peer in
      socket.probe(IPv4Number(rawValue: 0xc000_0203), from: vantage, at: .broadcast)
      // The answer to the second would come after one to the first.
      socket.probe(Self.theirs, from: vantage, at: peer)
      #expect(becomesReadable(socket.arp.raw))
      let heard = nextARP(socket)
      #expect(heard?.senderProtocol == Self.theirs)
      let more = nextARP(socket)
      #expect(more == nil)
    }
  }

  @Test(arguments: [1, 64, 65]) func theFilterLetsThroughWhatItShall(count: Int) throws {
    try ask { socket, vantage, peer in
      let others = (0..<UInt32(count)).map { 0xc633_6400 + $0 }
      try socket.hear(others)
      socket.probe(Self.theirs, from: vantage, at: peer)
      socket.echo(Self.theirs, from: vantage, at: peer, sequence: 1)
      #expect(becomesReadable(socket.icmp.raw), "by now the answer to the probe has come too")
      let unwanted = nextARP(socket)
      #expect((unwanted == nil) == (count <= 64), "beyond 64 addresses everything comes through")
      try socket.hear(others.dropLast() + [Self.theirs.rawValue])
      socket.probe(Self.theirs, from: vantage, at: peer)
      #expect(becomesReadable(socket.arp.raw))
      let wanted = nextARP(socket)
      #expect(wanted?.senderHardware == peer)
    }
  }

  @Test func theHolderAnswersAnEcho() throws {
    try ask { socket, vantage, peer in
      socket.echo(Self.theirs, from: vantage, at: peer, sequence: 31)
      #expect(becomesReadable(socket.icmp.raw))
      let heard = nextEcho(socket)
      let answer = try #require(heard)
      #expect(answer.hardware == peer && answer.sequence == 31)
      let more = nextEcho(socket)
      #expect(more == nil)
    }
  }

  @Test func anotherProgramsEchoesAreNotHeard() throws {
    try ask { socket, vantage, peer in
      let other = try ProbeSocket(identifier: 0x4712)
      other.echo(Self.theirs, from: vantage, at: peer, sequence: 1)
      #expect(becomesReadable(other.icmp.raw))
      let heard = nextEcho(socket)
      #expect(heard == nil)
    }
  }

  @Test func aDeviceThatIsGoneCostsNothing() throws {
    try ask { socket, vantage, peer in
      var nowhere = vantage
      nowhere.index = 4711
      socket.probe(Self.theirs, from: nowhere, at: peer)
      socket.probe(Self.theirs, from: vantage, at: peer)
      #expect(becomesReadable(socket.arp.raw))
    }
  }
}
