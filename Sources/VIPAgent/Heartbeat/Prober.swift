import Linux
import TakeoverCore

/// Asks the wire who has a group's addresses, from wherever the host can.
///
/// The heartbeat thread's own: after `init` no call waits or allocates.
struct Prober: ~Copyable {
  let socket: ProbeSocket
  private var plan: Plan
  /// By place in the plan's devices.
  private var vantages = FixedList<6, ProbeSocket.Vantage>(filler: ProbeSocket.Vantage())
  /// Where the last heartbeat of each node came from, by place; 0.0.0.0 before the first.
  private var sources = InlineArray<16, IPv4Number>(repeating: .any)

  init(plan: Plan) throws(SystemError) {
    let socket = try ProbeSocket(identifier: UInt16(truncatingIfNeeded: plan.core.currentSession) | 1)
    try socket.hear(plan.probes.all)
    self.socket = socket
    self.plan = plan
  }

  /// Goes over to another configuration. The address thread tells the vantages of the new plan's devices.
  mutating func adopt(_ next: Plan) throws(SystemError) {
    plan = next
    vantages = FixedList(filler: ProbeSocket.Vantage())
    sources = InlineArray(repeating: .any)
    try socket.hear(next.probes.all)
  }

  /// A device can be asked from.
  /// - Returns: the Ethernet addresses of all devices known so far.
  mutating func take(_ vantage: ProbeSocket.Vantage, of place: Int) -> HardwareList {
    while vantages.count <= place, vantages.append(ProbeSocket.Vantage()) {}
    if place < vantages.count { vantages[place] = vantage }
    var hardware = HardwareList(filler: .zero)
    for place in 0..<vantages.count where vantages[place].index != 0 { hardware.append(vantages[place].hardware) }
    return hardware
  }

  /// A node's own address is asked too, when it is doubtful whether the node lives.
  /// - Parameter source: in network byte order; 0 where the node's device has no address.
  mutating func note(source: UInt32, of node: Tag) {
    guard source != 0, let place = plan.nodeTags.firstIndex(of: node) else { return }
    sources[place] = IPv4Number(rawValue: UInt32(bigEndian: source))
  }

  /// Asks for a few of the group's addresses by ARP.
  func probe(_ group: GroupIndex, at hardware: EthernetAddress) {
    for target in plan.probes.targets[Int(group.position)] {
      guard let vantage = vantage(target) else { continue }
      socket.probe(target.address, from: vantage, at: hardware)
    }
  }

  /// Asks for an address of the group and for the own addresses of all nodes by ICMP echo: whoever has this Ethernet
  /// address and lives answers for one of them.
  func echo(_ group: GroupIndex, at hardware: EthernetAddress) {
    guard let target = plan.probes.targets[Int(group.position)].first, let vantage = vantage(target),
      vantage.address != .any
    else { return }
    let sequence = UInt16(group.position)
    socket.echo(target.address, from: vantage, at: hardware, sequence: sequence)
    for place in plan.nodeTags.indices where sources[place] != .any && sources[place] != vantage.address {
      socket.echo(sources[place], from: vantage, at: hardware, sequence: sequence)
    }
  }

  private func vantage(_ target: ProbeTable.Target) -> ProbeSocket.Vantage? {
    guard target.device < vantages.count, vantages[target.device].index != 0 else { return nil }
    return vantages[target.device]
  }
}
