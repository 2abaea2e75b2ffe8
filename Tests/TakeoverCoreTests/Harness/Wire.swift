@testable import TakeoverCore

/// ARP and ICMP echo between the hosts: answered by kernels, whatever their agents do, and by bystanders.
extension Trial {
  /// Somebody on the wire who is none of the nodes, but answers for a group: a host that uses its addresses, or a
  /// fabric that answers in a node's name.
  struct Bystander {
    let group: Tag
    let hardware: EthernetAddress
    var answersEchoes = false
    /// A fabric answers what goes to everybody; a frame to one address goes there.
    var isFabric = false
  }

  static let stranger = EthernetAddress(rawValue: 0x0200_0000_00ff)

  /// An ARP probe: for everybody, or for one Ethernet address.
  func probe(_ group: Tag, at hardware: EthernetAddress?, from host: Int) {
    record.asked(hardware, by: host, at: now)
    for other in hosts.indices where other != host {
      guard hardware == nil || hardware == hosts[other].hardware else { continue }
      carry(wire[host][other]) { [unowned self] in
        if hosts[other].holds.contains(group) {
          answer(for: group, by: hosts[other].hardware, on: wire[other][host], to: host)
        }
      }
    }
    for bystander in bystanders where bystander.group == group {
      guard hardware == nil || !bystander.isFabric && hardware == bystander.hardware else { continue }
      carry(Path()) { [unowned self] in answer(for: group, by: bystander.hardware, on: Path(), to: host) }
    }
  }

  /// ICMP echoes: a host answers for its own address, whatever else it has.
  func echo(_ group: GroupIndex, at hardware: EthernetAddress, from host: Int) {
    record.echoed(hardware, by: host, at: now)
    for other in hosts.indices where other != host && hosts[other].hardware == hardware {
      carry(wire[host][other]) { [unowned self] in
        guard hosts[other].isUp, hosts[other].answersEchoes else { return }
        carry(wire[other][host]) { [unowned self] in deliver(.echoed(group, by: hardware), to: host) }
      }
    }
    for bystander in bystanders where bystander.hardware == hardware && bystander.answersEchoes {
      carry(Path()) { [unowned self] in deliver(.echoed(group, by: hardware), to: host) }
    }
  }

  /// A gratuitous ARP: everybody hears it.
  func proclaim(_ group: Tag, by host: Int) {
    for other in hosts.indices where other != host {
      answer(for: group, by: hosts[host].hardware, on: wire[host][other], to: other)
    }
  }

  /// An ARP packet that says where the group is.
  func answer(for group: Tag, by hardware: EthernetAddress, on path: Path = Path(), to host: Int) {
    carry(path) { [unowned self] in
      if let index = hosts[host].index(of: group) { deliver(.answered(index, by: hardware), to: host) }
    }
  }

  private func carry(_ path: Path, _ frame: @escaping () -> Void) {
    if path.isCut || wireDice.chance(path.loss) { return }
    let range = path.delay.lowerBound.nanoseconds...path.delay.upperBound.nanoseconds
    at(now + Interval(nanoseconds: Int64.random(in: range, using: &wireDice)), frame)
  }
}
