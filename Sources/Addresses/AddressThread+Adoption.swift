import Configuration
import Engine
import Log
import Netlink
import TakeoverCore

/// How this thread goes over to another configuration.
extension AddressThread {
  /// What no group of it has any more is let go of; what it still has stays where it is, whatever its group is called, and is
  /// put right by the `hold` orders that follow.
  func adopt(_ next: Generation) {
    let former = generation
    // Counted along the former generation's lists.
    for tag in wanted.keys { wanted[tag]?.announced = 0 }
    generation = next
    for heir in next.heirs {
      inherit(next.groups[Int(heir.group.position)].tag, from: former.groups[Int(heir.former.position)].tag)
    }
    regroup()
    let known = ownedAddresses.groups
    for tag in known.union(wanted.keys).union(found).union(stuck) where next.group(tag) == nil {
      if known.contains(tag), let group = former.group(tag) { log.write(.groupDropped(group)) }
      unwant(tag)
      letGo(tag)
    }
    refused = refused.filter { next.group($0.key) != nil }
    priority.settle(for: next)
    linkStates.reset()
    keepSecondaries()
    tellVantages()
    tellLinks(again: true)
    generationNumber.store(next.number, ordering: .releasing)
  }

  /// A group goes on from one of another name, which it may share with others.
  private func inherit(_ tag: Tag, from former: Tag) {
    wanted[tag] = wanted[former]
    refused[tag] = refused[former]
    leases.copy(former, to: tag)
    if found.contains(former) {
      found.insert(tag)
      // What was told under the former name may not have been heard in time.
      tell(.found(tag))
    }
    if stuck.contains(former) { stuck.insert(tag) }
  }

  /// Each address is held for the group that has it now, if this node holds that group. Otherwise it stays with its former
  /// group, which lets go of it.
  private func regroup() {
    guard !ownedAddresses.groups.isEmpty else { return }
    let homes = GroupAddresses.homes(of: generation.groups)
    let takers = Set(wanted.keys).union(found).union(stuck)
    ownedAddresses.regroup { [generation, devices] address, tag in
      guard let device = devices[address.link]?.name,
        let home = homes[VIPSettings.Place(prefix: address.prefix, device: device)]
      else { return tag }
      let next = generation.groups[home].tag
      return takers.contains(next) ? next : tag
    }
  }
}
