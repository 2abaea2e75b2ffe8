import Configuration
import Engine
import Glibc
import Linux
import Netlink
import Support
import TakeoverCore
import Wire

/// Listens to the devices of a configuration for a while and asks who has its addresses. Nothing else is sent, and
/// nothing that is sent is learned by anybody (RFC 5227 §2.1.1: probes come from 0.0.0.0).
final class WireWatch {
  private static let arpToken: UInt32 = 1000, socketToken: UInt32 = 2000
  /// Each address is asked for so often, so that a lost frame cannot pass for silence.
  private static let probes = 3
  private static let probeInterval = Interval.milliseconds(150)
  /// So many frames of one socket, then it is the others' turn, and time for the end.
  private static let burst = 256
  /// Whoever makes up Ethernet addresses shall not fill our memory.
  private static let mostHolders = 16

  private let host: HostSnapshot
  private let reader: SignedHeartbeats?
  /// The addresses that are asked for.
  private let shared: Set<IPv4Number>
  private var taps: [WireTap] = []
  private var sockets: [HeartbeatLink] = []
  private var prober: ProbeSocket?
  private var record = WireRecord()
  private var packets = PacketBatch()
  /// By device: over each the same pieces may pass.
  private var fragments: [String: WireFragments] = [:]
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 8)

  private init(_ host: HostSnapshot) {
    self.host = host
    reader = (try? host.keys.get()).map { SignedHeartbeats(of: host.configuration.cluster, keys: $0) }
    shared = Set(host.vips.map { IPv4Number($0.prefix.address) })
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { buffer.deallocate() }

  /// Listens for so long.
  static func listen(_ host: HostSnapshot, for duration: Interval) -> WireRecord {
    WireWatch(host).listen(for: duration)
  }

  private func listen(for duration: Interval) -> WireRecord {
    let shift = BootClock.lag()
    open()
    do throws(SystemError) {
      try run(until: .now + duration)
      record.duration = duration
    } catch {
      for device in host.devices { record.deaf[device] = error }
    }
    record.clockShift = BootClock.lag() &- shift
    return record
  }

  private func run(until end: Instant) throws(SystemError) {
    let poller = try Poller()
    for (place, tap) in taps.enumerated() { try poller.watch(tap.descriptor.raw, as: UInt32(place)) }
    for (place, link) in sockets.enumerated() {
      try poller.watch(link.socket.descriptor.raw, as: Self.socketToken + UInt32(place))
    }
    if let raw = prober?.arp.raw { try poller.watch(raw, as: Self.arpToken) }
    var probesLeft = Self.probes
    var nextProbe = Instant.now
    while .now < end {
      if probesLeft > 0, .now >= nextProbe {
        probe()
        probesLeft -= 1
        nextProbe = .now + Self.probeInterval
      }
      let until = probesLeft > 0 && nextProbe < end ? nextProbe : end
      let wait = (until - .now).nanoseconds / 1_000_000 + 1
      poller.wait(timeoutMilliseconds: Int32(clamping: max(wait, 0))) { hear(token: $0) }
    }
  }

  private func hear(token: UInt32) {
    switch token {
    case Self.arpToken: hearAnswers()
    case Self.socketToken...: hear(sockets[Int(token - Self.socketToken)])
    default: hear(taps[Int(token)])
    }
  }

  // MARK: - Opening

  private func open() {
    let port = host.configuration.heartbeat.udpport
    for link in host.devices.compactMap(host.link(named:)) {
      do throws(SystemError) {
        taps.append(try WireTap(link.name, index: link.index, port: port))
      } catch {
        record.deaf[link.name] = error
      }
    }
    if host.agent == nil { openSockets(port) }
    do throws(SystemError) {
      let prober = try ProbeSocket()
      let devices = Set(host.vips.compactMap { host.link(named: $0.dev)?.index })
      try prober.hear(shared.map(\.rawValue), on: Array(devices))
      self.prober = consume prober
    } catch {
      record.probeRefusal = error
    }
  }

  /// The sockets that an agent would have: what they do not hear, it would not hear either.
  private func openSockets(_ port: UInt16) {
    for device in host.configuration.heartbeat.bcast {
      guard let link = host.link(named: device) else { continue }
      do throws(SystemError) {
        sockets.append(try HeartbeatLink(device: device, index: link.index, port: port))
        record.open.insert(device)
      } catch {
        record.closed[device] = error
      }
    }
  }

  // MARK: - Hearing

  private func hear(_ tap: WireTap) {
    for _ in 0..<Self.burst {
      guard let (frame, isOutgoing) = tap.next(into: buffer) else { return }
      if let packet = WireFrame.packet(in: frame) {
        hear(packet, on: tap.device, isOutgoing: isOutgoing)
      } else if !isOutgoing, let bridge = WireFrame.bridge(in: frame) {
        record.bridges[tap.device] = bridge
      }
    }
  }

  private func hear(_ packet: WireFrame.Packet, on device: String, isOutgoing: Bool) {
    let port = host.configuration.heartbeat.udpport
    func note(_ datagram: UnsafeRawBufferPointer) {
      guard let payload = WireFrame.payload(of: datagram, to: port) else { return }
      self.note(payload, from: packet.source, on: device, isOutgoing: isOutgoing)
    }
    if packet.isWhole { return note(packet.bytes) }
    fragments[device, default: WireFragments()].add(packet)?.withUnsafeBytes(note)
  }

  private func note(_ payload: UnsafeRawBufferPointer, from source: IPv4Number, on device: String, isOutgoing: Bool) {
    guard let reader, host.configuration.heartbeat.bcast.contains(device) else { return }
    do throws(DropReason) {
      let heartbeat = try reader.read(payload)
      if heartbeat.node == host.nodeName.map({ Tag(of: $0) }) {
        noteOwn(heartbeat, from: source, on: device, isOutgoing: isOutgoing)
      } else if !isOutgoing {
        guard host.node(heartbeat.node) != nil else { throw .unknownNode }
        let path = WireRecord.Path(node: heartbeat.node, device: device)
        record.arrived[path, default: .init(heartbeat)].append(heartbeat)
        if shared.contains(source) { record.masked[path] = source }
      }
    } catch {
      if !isOutgoing { refuse(payload, from: source, error) }
    }
  }

  private func refuse(_ payload: UnsafeRawBufferPointer, from source: IPv4Number, _ reason: DropReason) {
    let node = reason.isOfOtherKeys ? HeartbeatCodec.node(in: payload) : nil
    if let node, host.node(node) == nil {
      record.namedAlike = ((record.namedAlike?.count ?? 0) + 1, source)
    } else {
      let refusal = WireRecord.Refusal(reason: reason, node: node)
      record.refused[refusal] = ((record.refused[refusal]?.count ?? 0) + 1, source)
    }
  }

  private func noteOwn(_ heartbeat: Heartbeat, from source: IPv4Number, on device: String, isOutgoing: Bool) {
    if isOutgoing {
      record.sent[device, default: .init(heartbeat)].append(heartbeat)
    } else {
      record.returned[heartbeat.session] = source
    }
  }

  private func hear(_ link: HeartbeatLink) {
    for _ in 0..<Self.burst {
      switch link.socket.receive(into: buffer) {
      case .datagram(let length, _):
        guard let heartbeat = try? reader?.read(UnsafeRawBufferPointer(rebasing: buffer[..<length])) else { continue }
        record.delivered.insert(WireRecord.Path(node: heartbeat.node, device: link.device))
      case .truncated: continue
      case .empty, .failed: return
      }
    }
  }

  private func hearAnswers() {
    guard prober?.receive(into: &packets) == .some(nil) else { return }
    for place in 0..<packets.count {
      guard let frame = packets[place], let arp = try? ARPFrame(parsing: frame), shared.contains(arp.senderProtocol),
        record.answers[arp.senderProtocol, default: []].count < Self.mostHolders
      else { continue }
      record.answers[arp.senderProtocol, default: []].insert(arp.senderHardware)
    }
  }

  /// Asks for every address once, from its own device.
  private func probe() {
    for vip in host.vips {
      guard let link = host.link(named: vip.dev), let hardware = link.hardwareAddress else { continue }
      let probeSource = ProbeSocket.ProbeSource(index: link.index, hardware: EthernetAddress(hardware), address: .any)
      _ = prober?.probe(IPv4Number(vip.prefix.address), from: probeSource, at: .broadcast)
    }
  }
}
