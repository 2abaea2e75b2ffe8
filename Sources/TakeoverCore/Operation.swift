/// What an operator asks of this node for a group: refused with a reason, or done and followed to its end.
extension TakeoverCore {
  mutating func obey(
    _ request: Request, _ group: GroupIndex?, force: Bool, at now: Instant, into actions: inout ActionList
  ) {
    for position in groups.indices where group == nil || group == GroupIndex(position) {
      actions.add(.report(.refused(GroupIndex(position), request, .stopping)))
    }
  }
}
