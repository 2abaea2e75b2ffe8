import TakeoverCore

@testable import Simulator

/// Those on the wire that are none of the nodes.
extension Trial {
  /// Somebody who answers for a group: a host that uses its addresses, or a fabric that answers in a node's name.
  struct Bystander {
    let group: Tag
    let hardware: EthernetAddress
    var answersEchoes = false
    /// A fabric answers what goes to everybody; a frame to one address goes there.
    var isFabric = false
  }

  static let stranger = World.stranger

  func place(_ bystanders: [Bystander]) {
    world.lift { $0.kind == .stranger || $0.kind == .proxy }
    world.strangerAnswersEchoes = bystanders.contains { $0.answersEchoes }
    for bystander in bystanders {
      let host = hosts.firstIndex { $0.hardware == bystander.hardware }
      var fault = Fault(host == nil ? .stranger : .proxy, at: .zero, host: host ?? 0)
      fault.group = number(of: bystander.group)
      world.impose(fault)
    }
  }

  /// An ARP packet that says where the group is.
  func answer(for group: Tag, by hardware: EthernetAddress, to host: Int) {
    world.tellAddress(of: number(of: group), at: hardware, to: host, at: now + .microseconds(200))
  }
}
