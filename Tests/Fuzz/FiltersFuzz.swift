import CLinux
import Doctor
import FilterInterpreter
import Glibc
import TakeoverCore
import Wire

/// A packet that the kernel gives to a socket filter, and to the parser behind it: what the parser takes the filter lets through,
/// and the other way round where the filter sees enough. The first byte says what kind of packet it is.
func fuzzFilters(_ bytes: UnsafeRawBufferPointer) {
  guard let first = bytes.first else { return }
  let kind = Int32(first & 7)
  let packet = Array(bytes.dropFirst())
  packet.withUnsafeBytes { raw in
    checkARP(packet, raw, kind)
    checkEcho(packet, raw, kind)
    checkHeartbeat(packet, raw)
    checkDoctor(packet, raw)
    checkMartian(packet, raw, kind)
  }
}

private let addresses = AddressRanges([0xc32e_4015, 0xc32e_4016, 0xc32e_4063, 0xc633_6401])
private let cluster = Tag(of: "loadb")
private let device: Int32 = 7

private enum Programs {
  static let arp = SocketFilter.arp(from: addresses, on: [device, 9])
  static let echo = SocketFilter.echoReplies(identifier: 0x4711, on: [device, 9])
  static let heartbeat = SocketFilter.heartbeats(of: cluster)
  static let doctor = SocketFilter.heartbeatsAndBridges(port: 694)
  static let martian = SocketFilter.martians(from: addresses, port: 694, of: cluster)
}

private func takes(_ filter: SocketFilter, _ packet: [UInt8], from device: Int32 = device, kind: Int32 = 0) -> Bool {
  do throws(FilterInterpreter.Fault) {
    return try FilterInterpreter(filter.program).takes(packet, device: device, kind: kind)
  } catch {
    hold(false, "a program that the kernel takes: \(error)")
    return false
  }
}

/// The socket is for ARP alone, so that the EtherType is not looked at.
private func checkARP(_ packet: [UInt8], _ raw: UnsafeRawBufferPointer, _ kind: Int32) {
  let isTaken = takes(Programs.arp, packet, kind: kind)
  hold(!takes(Programs.arp, packet, from: 8, kind: kind), "only the groups' devices are heard")
  guard kind != Int32(PACKET_OTHERHOST) else { return hold(!isTaken, "others' frames are not heard") }
  guard packet.count >= ARPFrame.length, packet[12] == 8, packet[13] == 6 else { return }
  let sender = (try? ARPFrame(parsing: raw))?.senderProtocol.rawValue
  let isWanted = sender.map { sender in addresses.ranges.contains { $0.contains(sender) } } ?? false
  hold(isTaken == isWanted, "what is read as ARP of a group is let through, and nothing else")
}

private func checkEcho(_ packet: [UInt8], _ raw: UnsafeRawBufferPointer, _ kind: Int32) {
  let isTaken = takes(Programs.echo, packet, kind: kind)
  guard kind != Int32(PACKET_OTHERHOST) else { return hold(!isTaken, "others' frames are not heard") }
  if EchoFrame.answer(in: raw, to: 0x4711) != nil, packet[12] == 8, packet[13] == 0 {
    hold(isTaken, "what is read as an answer is let through")
  }
}

/// The filter sees the UDP header, too.
private func checkHeartbeat(_ packet: [UInt8], _ raw: UnsafeRawBufferPointer) {
  let isTaken = takes(Programs.heartbeat, [UInt8](repeating: 0xa5, count: 8) + packet)
  do throws(DropReason) {
    try HeartbeatCodec.screen(raw, for: cluster)
    hold(isTaken, "what is read as a heartbeat of the cluster is let through")
  } catch {
    hold(!isTaken || error == .length, "what is let through is at most of a wrong length: \(error)")
  }
}

private func checkDoctor(_ packet: [UInt8], _ raw: UnsafeRawBufferPointer) {
  guard let whole = WireFrame.packet(in: raw), packet[14] >> 4 == 4 else { return }
  let isTaken = takes(Programs.doctor, packet)
  if whole.offset > 0 || WireFrame.payload(of: whole.bytes, to: 694) != nil {
    hold(isTaken, "what the doctor reads is let through")
  }
}

/// Without an Ethernet header.
private func checkMartian(_ packet: [UInt8], _ raw: UnsafeRawBufferPointer, _ kind: Int32) {
  guard takes(Programs.martian, packet, kind: kind) else { return }
  hold(kind == Int32(PACKET_BROADCAST), "only broadcasts are heard")
  let header = Int(packet[0] & 15) * 4
  hold(packet.count >= header + 16, "what is let through has the begin of a heartbeat")
  let source = UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
  hold(addresses.ranges.contains { $0.contains(source) }, "it comes from an address of a group")
}
