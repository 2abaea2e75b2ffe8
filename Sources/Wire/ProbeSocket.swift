import CLinux
import Glibc
import Linux
import TakeoverCore

/// Asks the wire and hears its answers: ARP probes and ICMP echoes as raw frames (`packet(7)`), because both must go to
/// an Ethernet address that we choose, and come from one that we can see.
///
/// An answer says something about the wire that was asked only: both sockets hear the devices that they are told to
/// hear, and each answer comes with the number of its device. They never hear their own frames.
///
/// Used by the heartbeat thread: no call waits, and only those that change what is heard allocate.
package struct ProbeSocket: ~Copyable, Sendable {
  /// Where to ask from: a device, its Ethernet address, and an address of its own for the answer to an echo.
  package struct ProbeSource: BitwiseCopyable, Sendable {
    /// 0 where nobody can be asked.
    package var index: Int32
    package var hardware: EthernetAddress
    package var address: IPv4Number

    package init(index: Int32 = 0, hardware: EthernetAddress = .zero, address: IPv4Number = .any) {
      (self.index, self.hardware, self.address) = (index, hardware, address)
    }
  }

  /// Readable when ARP packets about the heard addresses are waiting.
  package let arp: Descriptor
  /// Readable when answers to our echoes are waiting.
  package let icmp: Descriptor

  /// Opens both sockets. They hear nothing yet.
  /// - Throws: EPERM without CAP_NET_RAW.
  package init() throws(SystemError) {
    let arp = try Self.open(UInt16(ETH_P_ARP), "open ARP socket")
    icmp = try Self.open(UInt16(ETH_P_IP), "open ICMP socket")
    self.arp = arp
  }

  /// Opened for protocol 0, so that no frame comes before the filter does.
  private static func open(_ type: UInt16, _ what: String) throws(SystemError) -> Descriptor {
    let flags = Int32(SOCK_RAW.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = try Descriptor(socket(AF_PACKET, flags, 0), what)
    try SocketFilter.none.attach(to: descriptor)
    try descriptor.bind(toFrames: Int32(type), of: "all devices", index: 0)
    return descriptor
  }

  /// From now on, hears ARP packets whose sender claims one of these addresses, from these devices. Where there are too
  /// many addresses for a filter it also hears some of those between them.
  package func hear(_ addresses: [UInt32], on devices: [Int32]) throws(SystemError) {
    try SocketFilter.attachFinest(addresses, to: arp) { .arp(from: $0, on: devices) }
  }

  /// From now on, hears the answers to echoes of this identifier, from these devices; nil hears none.
  package func hearEchoes(of identifier: UInt16?, on devices: [Int32]) throws(SystemError) {
    try (identifier.map { .echoReplies(identifier: $0, on: devices) } ?? SocketFilter.none).attach(to: icmp)
  }

  /// Takes as many of the waiting ARP packets as the batch has room for.
  /// - Returns: what ``PacketBatch/fill(from:)`` does.
  package func receive(into batch: inout PacketBatch) -> Errno? { batch.fill(from: arp) }

  /// Asks who has an address, in nobody's name (RFC 5227 §2.1.1), so that no neighbour learns anything.
  /// - Returns: whether the kernel took the frame.
  package func probe(_ address: IPv4Number, from probeSource: ProbeSource, at hardware: EthernetAddress) -> Bool {
    let probe = ARPFrame(
      destination: hardware, source: probeSource.hardware, operation: .request, senderHardware: probeSource.hardware,
      senderProtocol: .any, targetHardware: .zero, targetProtocol: address)
    return withUnsafeTemporaryAllocation(byteCount: ARPFrame.length, alignment: 8) { frame in
      probe.emit(into: frame)
      return send(UnsafeRawBufferPointer(frame), to: probeSource.index)
    }
  }

  /// Asks for an ICMP echo (RFC 792) of an address at an Ethernet address; identifier and sequence number come back.
  /// - Returns: whether the kernel took the frame.
  package func echo(
    _ address: IPv4Number, from probeSource: ProbeSource, at hardware: EthernetAddress, identifier: UInt16,
    sequence: UInt16
  ) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: EchoFrame.length, alignment: 8) { frame in
      EchoFrame(
        destination: hardware, source: probeSource.hardware, from: probeSource.address, to: address,
        identifier: identifier, sequence: sequence
      ).emit(into: frame)
      return send(UnsafeRawBufferPointer(frame), to: probeSource.index)
    }
  }

  private func send(_ frame: UnsafeRawBufferPointer, to index: Int32) -> Bool {
    var link = sockaddr_ll()
    link.sll_family = UInt16(AF_PACKET)
    link.sll_ifindex = index
    let sent = withUnsafePointer(to: link) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        sendto(
          arp.raw, frame.baseAddress, frame.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL), address,
          socklen_t(MemoryLayout<sockaddr_ll>.size))
      }
    }
    return sent == frame.count
  }
}
