import CLinux
import Glibc
import Lab
import Linux
import Netlink
import Testing

/// A device of the calling thread's namespace, to speak ARP through in anybody's name (`packet(7)`).
struct ARPPort: ~Copyable, Sendable {
  /// Readable when ARP packets are waiting, also such that are not for this host.
  let descriptor: Descriptor

  init(_ device: String) throws(SystemError) {
    let type = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let descriptor = try Descriptor(Glibc.socket(AF_PACKET, type, 0), "socket", on: "packet")
    let index = Int32(bitPattern: if_nametoindex(device))
    try descriptor.makePromiscuous(device, index: index)
    try descriptor.bind(toFrames: ETH_P_ARP, of: device, index: index)
    self.descriptor = descriptor
  }

  func send(_ frame: [UInt8]) { _ = Glibc.send(descriptor.raw, frame, frame.count, 0) }

  /// The next ARP packet (42 bytes at least); nil when there is none. Never blocks.
  func receive() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 128)
    while true {
      let count = recv(descriptor.raw, &buffer, buffer.count, 0)
      if count < 0 { return nil }
      if count >= 42 { return Array(buffer[..<count]) }
    }
  }
}

/// A switch that answers ARP requests itself, from what it has learned (ARP suppression, as VXLAN fabrics do), and does
/// not notice when a host dies. It learns of another place from ARP that comes from there.
final class ARPProxy: Sendable {
  private let address: [UInt8]
  private let hardware: [UInt8]
  private let port: ARPPort
  private let poller: Poller
  private let ending: EventDescriptor

  /// Answers from now on until it learns better, or until it is ended.
  init(for address: IPAddress, at hardware: HardwareAddress, on network: Switch) throws {
    self.address = address.bytes
    self.hardware = hardware.bytes
    port = try network.namespace.perform("answer ARP") { try ARPPort(Switch.bridgeName) }
    poller = try Poller()
    ending = try EventDescriptor()
    try poller.watch(ending.descriptor.raw, as: 0)
    try poller.watch(port.descriptor.raw, as: 1)
    _ = try Thread(name: "ARP proxy") { self.run() }
  }

  func end() { ending.signal() }

  private func run() {
    var isEnding = false
    while !isEnding {
      poller.wait { if $0 == 0 { isEnding = true } }
      while let packet = port.receive() {
        if packet[28..<32].elementsEqual(address), !packet[22..<28].elementsEqual(hardware) { return }
        // 1 is a request (RFC 826).
        if packet[21] == 1, packet[38..<42].elementsEqual(address) { port.send(answer(to: packet)) }
      }
    }
  }

  private func answer(to request: [UInt8]) -> [UInt8] {
    let asker = Array(request[22..<28])
    let answer: [UInt8] = [0, 1, 0x08, 0x00, 6, 4, 0, 2] + hardware + address + asker + Array(request[28..<32])
    return asker + hardware + [0x08, 0x06] + answer
  }
}
