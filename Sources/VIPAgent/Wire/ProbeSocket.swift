import CLinux
import Glibc
import Linux
import TakeoverCore

/// Asks the wire and hears its answers: ARP probes and ICMP echoes as raw frames (`packet(7)`), because both must go to
/// an Ethernet address that we choose, and come from one that we can see.
///
/// Used by the heartbeat thread: after `init` no call waits or allocates. It never hears its own frames.
struct ProbeSocket: ~Copyable, Sendable {
  /// Where to ask from: a device, its Ethernet address, and an address of its own for the answer to an echo.
  struct Vantage: BitwiseCopyable, Sendable {
    var index: Int32 = 0
    var hardware = EthernetAddress.zero
    var address = IPv4Number.any
  }

  /// Readable when ARP packets about the filtered addresses are waiting.
  let arp: Descriptor
  /// Readable when answers to our echoes are waiting.
  let icmp: Descriptor
  /// Marks our echoes.
  private let identifier: UInt16

  /// Opens both sockets. They hear all devices.
  /// - Parameter identifier: of our echoes.
  /// - Throws: EPERM without CAP_NET_RAW.
  init(identifier: UInt16) throws(SystemError) {
    let arp = try Self.open(UInt16(ETH_P_ARP), "open ARP socket")
    let icmp = try Self.open(UInt16(ETH_P_IP), "open ICMP socket")
    try FrameFilter.arp(from: []).attach(to: arp.raw)
    try FrameFilter.echoReplies(identifier: identifier).attach(to: icmp.raw)
    self.identifier = identifier
    self.arp = arp
    self.icmp = icmp
  }

  private static func open(_ type: UInt16, _ what: String) throws(SystemError) -> Descriptor {
    let flags = Int32(SOCK_RAW.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    return try Descriptor(socket(AF_PACKET, flags, Int32(type.bigEndian)), what)
  }

  /// From now on, hears ARP packets whose sender claims one of these addresses.
  func hear(_ addresses: [UInt32]) throws(SystemError) {
    try FrameFilter.arp(from: addresses).attach(to: arp.raw)
  }

  /// Asks who has an address, in nobody's name (RFC 5227 §2.1.1), so that no neighbour learns anything.
  func probe(_ address: IPv4Number, from vantage: Vantage, at hardware: EthernetAddress) {
    let probe = ARPFrame(
      destination: hardware, source: vantage.hardware, operation: .request, senderHardware: vantage.hardware,
      senderProtocol: .any, targetHardware: .zero, targetProtocol: address)
    withUnsafeTemporaryAllocation(byteCount: ARPFrame.length, alignment: 8) { frame in
      probe.emit(into: frame)
      send(UnsafeRawBufferPointer(frame), to: vantage.index)
    }
  }

  /// Asks for an ICMP echo (RFC 792) of an address at an Ethernet address; the sequence number comes back.
  func echo(_ address: IPv4Number, from vantage: Vantage, at hardware: EthernetAddress, sequence: UInt16) {
    withUnsafeTemporaryAllocation(byteCount: EchoFrame.length, alignment: 8) { frame in
      EchoFrame(
        destination: hardware, source: vantage.hardware, from: vantage.address, to: address,
        identifier: identifier, sequence: sequence
      ).emit(into: frame)
      send(UnsafeRawBufferPointer(frame), to: vantage.index)
    }
  }

  /// A probe that is not sent is a probe that is not answered: the next one is on its way soon.
  private func send(_ frame: UnsafeRawBufferPointer, to index: Int32) {
    var link = sockaddr_ll()
    link.sll_family = UInt16(AF_PACKET)
    link.sll_ifindex = index
    _ = withUnsafePointer(to: link) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        sendto(
          arp.raw, frame.baseAddress, frame.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL), address,
          socklen_t(MemoryLayout<sockaddr_ll>.size))
      }
    }
  }

  /// The oldest waiting ARP packet; nil where none is waiting.
  func nextARP(into buffer: UnsafeMutableRawBufferPointer) -> Result<ARPFrame, ARPFrame.Malformed>? {
    guard let frame = Self.receive(arp.raw, into: buffer) else { return nil }
    do throws(ARPFrame.Malformed) {
      return .success(try ARPFrame(parsing: frame))
    } catch {
      return .failure(error)
    }
  }

  /// Who answered the oldest waiting echo, and its sequence number; nil where none is waiting.
  func nextEcho(into buffer: UnsafeMutableRawBufferPointer) -> (hardware: EthernetAddress, sequence: UInt16)? {
    while let frame = Self.receive(icmp.raw, into: buffer) {
      if let answer = EchoFrame.answer(in: frame) { return answer }
    }
    return nil
  }

  private static func receive(
    _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer
  ) -> UnsafeRawBufferPointer? {
    let length = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
    return length < 0 ? nil : UnsafeRawBufferPointer(rebasing: buffer[..<length])
  }
}
