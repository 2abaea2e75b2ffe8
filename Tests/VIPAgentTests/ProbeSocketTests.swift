import Glibc
import Linux
import Netlink
import TakeoverCore
import Testing

@testable import Support
@testable import Wire

/// Questions to a real kernel at the other end of a wire, and which answers wake us up.
@Suite(.enabled(if: PrivateNetwork.isPossible, "needs root: network namespaces"))
struct ProbeSocketTests {
  private static let identifier: UInt16 = 0x4711
  private static let ours = IPv4Number(rawValue: 0xc000_0201), theirs = IPv4Number(rawValue: 0xc000_0202)

  /// A wire with 192.0.2.1 here and 192.0.2.2 there, and a socket here that hears about 192.0.2.2.
  private func ask(
    _ body: (borrowing ProbeSocket, ProbeSocket.ProbeSource, _ peer: EthernetAddress) throws -> Void
  ) throws {
    let here = try PrivateNetwork()
    let there = try PrivateNetwork()
    try here.connect("eth0", to: there, "eth0")
    let own = try address("192.0.2.1/24", in: here)
    let peer = try address("192.0.2.2/24", in: there)
    try here.enter {
      let socket = try ProbeSocket()
      try socket.hear([Self.theirs.rawValue], on: [own.index])
      try socket.hearEchoes(of: Self.identifier, on: [own.index])
      let probeSource = ProbeSocket.ProbeSource(
        index: own.index, hardware: EthernetAddress(try #require(own.hardwareAddress)), address: Self.ours)
      try body(socket, probeSource, EthernetAddress(try #require(peer.hardwareAddress)))
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
    frame(socket.arp).flatMap { frame in frame.withUnsafeBytes { try? ARPFrame(parsing: $0) } }
  }

  private func nextEcho(_ socket: borrowing ProbeSocket) -> (hardware: EthernetAddress, sequence: UInt16)? {
    frame(socket.icmp).flatMap { frame in frame.withUnsafeBytes { EchoFrame.answer(in: $0, to: Self.identifier) } }
  }

  /// The oldest waiting frame.
  private func frame(_ descriptor: borrowing Descriptor) -> [UInt8]? {
    var frame = [UInt8](repeating: 0, count: 2048)
    let length = recv(descriptor.raw, &frame, frame.count, Int32(MSG_DONTWAIT))
    return length < 0 ? nil : Array(frame.prefix(length))
  }

  @Test(arguments: [true, false]) func theHolderAnswersAProbe(isBroadcast: Bool) throws {
    try ask { socket, probeSource, peer in
      #expect(socket.probe(Self.theirs, from: probeSource, at: isBroadcast ? .broadcast : peer) == true)
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
    try ask { socket, probeSource, peer in
      #expect(socket.probe(IPv4Number(rawValue: 0xc000_0203), from: probeSource, at: .broadcast) == true)
      // The answer to the second would come after one to the first.
      #expect(socket.probe(Self.theirs, from: probeSource, at: peer) == true)
      #expect(becomesReadable(socket.arp.raw))
      let heard = nextARP(socket)
      #expect(heard?.senderProtocol == Self.theirs)
      let more = nextARP(socket)
      #expect(more == nil)
    }
  }

  /// Beside each other, with gaps, and more than the kernel takes one by one.
  @Test(arguments: [1, 64, 65, 300, 5_000], [1, 2]) func theFilterLetsThroughWhatItShall(count: Int, gap: UInt32) throws
  {
    try ask { socket, probeSource, peer in
      let others = (0..<UInt32(count)).map { 0xc633_6400 + gap * $0 }
      try socket.hear(others, on: [probeSource.index])
      #expect(socket.probe(Self.theirs, from: probeSource, at: peer) == true)
      #expect(socket.echo(Self.theirs, from: probeSource, at: peer, identifier: Self.identifier, sequence: 1) == true)
      #expect(becomesReadable(socket.icmp.raw), "by now the answer to the probe has come too")
      let unwanted = nextARP(socket)
      #expect(unwanted == nil)
      try socket.hear(others + [Self.theirs.rawValue], on: [probeSource.index])
      #expect(socket.probe(Self.theirs, from: probeSource, at: peer) == true)
      #expect(becomesReadable(socket.arp.raw))
      let wanted = nextARP(socket)
      #expect(wanted?.senderHardware == peer)
    }
  }

  @Test func anotherDevicesAnswersAreNotHeard() throws {
    try ask { socket, probeSource, peer in
      try socket.hear([Self.theirs.rawValue], on: [probeSource.index + 1])
      try socket.hearEchoes(of: Self.identifier, on: [probeSource.index + 1])
      let other = try ProbeSocket()
      try other.hear([Self.theirs.rawValue], on: [probeSource.index])
      #expect(socket.probe(Self.theirs, from: probeSource, at: peer) == true)
      #expect(socket.echo(Self.theirs, from: probeSource, at: peer, identifier: Self.identifier, sequence: 1) == true)
      #expect(becomesReadable(other.arp.raw))
      let answer = nextARP(socket), echo = nextEcho(socket)
      #expect(answer == nil && echo == nil)
    }
  }

  @Test func echoesAreHeardWhileTheyAreWaitedFor() throws {
    try ask { socket, probeSource, peer in
      try socket.hearEchoes(of: nil, on: [])
      let other = try ProbeSocket()
      try other.hearEchoes(of: Self.identifier, on: [probeSource.index])
      #expect(socket.echo(Self.theirs, from: probeSource, at: peer, identifier: Self.identifier, sequence: 1) == true)
      #expect(becomesReadable(other.icmp.raw))
      let heard = nextEcho(socket)
      #expect(heard == nil)
    }
  }

  @Test func theHolderAnswersAnEcho() throws {
    try ask { socket, probeSource, peer in
      #expect(socket.echo(Self.theirs, from: probeSource, at: peer, identifier: Self.identifier, sequence: 31) == true)
      #expect(becomesReadable(socket.icmp.raw))
      let heard = nextEcho(socket)
      let answer = try #require(heard)
      #expect(answer.hardware == peer && answer.sequence == 31)
      let more = nextEcho(socket)
      #expect(more == nil)
    }
  }

  @Test func anotherProgramsEchoesAreNotHeard() throws {
    try ask { socket, probeSource, peer in
      let other = try ProbeSocket()
      try other.hearEchoes(of: 0x4712, on: [probeSource.index])
      #expect(other.echo(Self.theirs, from: probeSource, at: peer, identifier: 0x4712, sequence: 1) == true)
      #expect(becomesReadable(other.icmp.raw))
      let heard = nextEcho(socket)
      #expect(heard == nil)
    }
  }

  @Test func aDeviceThatIsGoneCannotBeAsked() throws {
    try ask { socket, probeSource, peer in
      var nowhere = probeSource
      nowhere.index = 4711
      #expect(socket.probe(Self.theirs, from: nowhere, at: peer) == false)
      #expect(socket.echo(Self.theirs, from: nowhere, at: peer, identifier: Self.identifier, sequence: 1) == false)
      #expect(socket.probe(Self.theirs, from: probeSource, at: peer) == true)
      #expect(becomesReadable(socket.arp.raw))
    }
  }
}
