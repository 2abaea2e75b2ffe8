import Engine
import Linux
import TakeoverCore
import Wire

/// Asks the wire who has a group's addresses, from wherever the host can, and knows whose answer counts: an answer says
/// something only if it comes in on the device that was asked.
///
/// The heartbeat thread's own: no call waits.
struct Prober: ~Copyable {
  /// So long after the last echo its answer is waited for; otherwise nobody can make this host listen to ICMP.
  private static let echoPatience = Interval.seconds(1)

  let socket: ProbeSocket
  private var generation: Generation
  /// By place in the generation's devices, and behind those the host's other Ethernet devices.
  private var probeSources = FixedList<16, ProbeSocket.ProbeSource>(filler: ProbeSocket.ProbeSource())
  /// Where the last heartbeat of each node came from, by place; 0.0.0.0 before the first.
  private var sources = InlineArray<16, IPv4Number>(repeating: .any)
  /// Marks the echoes that are outstanding; nil where none is. Drawn anew whenever the first one is sent.
  private(set) var identifier: UInt16?
  private var echoesEnd = Instant.never

  init(generation: Generation) throws(SystemError) {
    socket = try ProbeSocket()
    self.generation = generation
  }

  /// Goes over to another configuration. A device that both know can be asked as before; the address thread tells of
  /// the others.
  mutating func adopt(_ next: Generation) throws(SystemError) {
    var kept = FixedList<16, ProbeSocket.ProbeSource>(filler: ProbeSocket.ProbeSource())
    for device in next.devices {
      let former = generation.devices.firstIndex(of: device).flatMap {
        $0 < probeSources.count ? probeSources[$0] : nil
      }
      kept.append(former ?? ProbeSocket.ProbeSource())
    }
    probeSources = kept
    generation = next
    sources = InlineArray(repeating: .any)
    try closeEchoes()
    try hear()
  }

  /// A device can be asked from, or no longer.
  /// - Returns: the Ethernet addresses of all devices known so far.
  mutating func take(_ probeSource: ProbeSocket.ProbeSource, of place: Int) throws(SystemError) -> HardwareList {
    while probeSources.count <= place, probeSources.append(ProbeSocket.ProbeSource()) {}
    if place < probeSources.count {
      let isHeard = probeSources[place].index == probeSource.index || place >= generation.devices.count
      probeSources[place] = probeSource
      if !isHeard { try hear() }
    }
    return hardware
  }

  /// Without duplicates, in the order of their places.
  private var hardware: HardwareList {
    var hardware = HardwareList(filler: .zero)
    for place in 0..<probeSources.count {
      let address = probeSources[place].hardware
      let isNew = address != .zero && !(0..<hardware.count).contains { hardware[$0] == address }
      if isNew { hardware.append(address) }
    }
    return hardware
  }

  private func hear() throws(SystemError) { try socket.hear(generation.probes.all, on: heardDevices) }

  /// The numbers of the groups' devices that can be asked.
  private var heardDevices: [Int32] {
    (0..<min(generation.devices.count, probeSources.count)).map { probeSources[$0].index }.filter { $0 != 0 }
  }

  /// A node's own address is asked too, when it is doubtful whether the node lives.
  /// - Parameter source: in network byte order; 0 where the node's device has no address.
  mutating func note(source: UInt32, of node: Tag) {
    guard source != 0, let place = generation.nodeTags.firstIndex(of: node) else { return }
    sources[place] = IPv4Number(rawValue: UInt32(bigEndian: source))
  }

  // MARK: - Asking

  /// Asks for a few of the group's addresses by ARP, on whichever of their devices that can be asked.
  /// - Returns: whether any question has left.
  func probe(_ group: GroupIndex, at hardware: EthernetAddress) -> Bool {
    var asked = 0
    for target in generation.probes.targets[Int(group.position)] where asked < ProbeTable.perGroup {
      guard let probeSource = probeSource(target.device) else { continue }
      if socket.probe(target.address, from: probeSource, at: hardware) { asked += 1 }
    }
    return asked > 0
  }

  /// Asks for an address of the group and for the own addresses of all nodes by ICMP echo: whoever has this Ethernet
  /// address and lives answers for one of them.
  /// - Returns: whether any question has left.
  mutating func echo(_ group: GroupIndex, at hardware: EthernetAddress, at now: Instant) -> Bool {
    guard let target = echoTarget(of: group), let probeSource = probeSource(target.device) else { return false }
    guard let identifier = identifier ?? openEchoes() else { return false }
    let sequence = UInt16(group.position)
    var hasLeft = socket.echo(
      target.address, from: probeSource, at: hardware, identifier: identifier, sequence: sequence)
    for place in generation.nodeTags.indices where sources[place] != .any && sources[place] != probeSource.address {
      let left = socket.echo(
        sources[place], from: probeSource, at: hardware, identifier: identifier, sequence: sequence)
      hasLeft = hasLeft || left
    }
    if hasLeft { echoesEnd = now + Self.echoPatience }
    return hasLeft
  }

  /// The first address of a group on a device that can be asked and has an address for the answer.
  private func echoTarget(of group: GroupIndex) -> ProbeTable.Target? {
    generation.probes.targets[Int(group.position)].first { (probeSource($0.device)?.address ?? .any) != .any }
  }

  private mutating func openEchoes() -> UInt16? {
    let drawn = UInt16.random(in: 1...(.max))
    guard (try? socket.hearEchoes(of: drawn, on: heardDevices)) != nil else { return nil }
    identifier = drawn
    return drawn
  }

  private func probeSource(_ device: Int) -> ProbeSocket.ProbeSource? {
    guard device < probeSources.count, probeSources[device].index != 0 else { return nil }
    return probeSources[device]
  }

  // MARK: - Hearing

  /// When the last echo's answer is waited for no longer, and ``closeEchoes()`` is due; `.never` while none is
  /// outstanding.
  var echoDeadline: Instant { identifier == nil ? .never : echoesEnd }

  /// Hears no echo any more.
  mutating func closeEchoes() throws(SystemError) {
    guard identifier != nil else { return }
    identifier = nil
    try socket.hearEchoes(of: nil, on: [])
  }

  /// The group that an ARP packet speaks for and who it says has its address; nil where it does not count.
  /// - Parameter device: the number of the device that it came in on.
  func answer(in frame: UnsafeRawBufferPointer, from device: Int32) -> (GroupIndex, EthernetAddress)? {
    guard let arp = try? ARPFrame(parsing: frame), let found = generation.probes.find(arp.senderProtocol),
      probeSource(found.device)?.index == device
    else { return nil }
    return (found.group, arp.senderHardware)
  }

  /// The group that an answer to an echo is about and who gave it; nil where it does not count.
  func echoAnswer(in frame: UnsafeRawBufferPointer, from device: Int32) -> (GroupIndex, EthernetAddress)? {
    guard let identifier, let answer = EchoFrame.answer(in: frame, to: identifier),
      Int(answer.sequence) < generation.groups.count
    else { return nil }
    let group = GroupIndex(Int(answer.sequence))
    guard let target = echoTarget(of: group), probeSource(target.device)?.index == device else { return nil }
    return (group, answer.hardware)
  }
}
