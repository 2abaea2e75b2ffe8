import TakeoverCore

/// One step from one world to the next.
public struct Move: Hashable, Sendable {
  /// What happens.
  public enum Kind: UInt8, Sendable {
    /// Nobody wants to act any more: time goes on to the next instant at which somebody may.
    case advance
    /// A heartbeat arrives, or is lost.
    case deliver, lose
    /// The core's deadline has come.
    case timer
    /// The kernel does the next thing it was asked for.
    case work
    /// The heartbeat thread reads what the address thread has told it meanwhile.
    case read
    /// The address thread renews the lease.
    case renew
    /// The kernel ends a lease.
    case expire
    case start, crash, kill, stop, restart
    case stall, suspend, block
    /// The threads run again.
    case wake
    case cut, join, wall, unwall
  }

  var kind: Kind
  var node: UInt8 = 0
  /// Which heartbeat.
  var place: UInt8 = 0

  init(_ kind: Kind, _ node: Int = 0, _ place: Int = 0) {
    self.kind = kind
    self.node = UInt8(node)
    self.place = UInt8(place)
  }

  init(code: UInt32) {
    kind = Kind(rawValue: UInt8(code & 0xff)) ?? .advance
    node = UInt8(code >> 8 & 0xff)
    place = UInt8(code >> 16 & 0xff)
  }

  var code: UInt32 { UInt32(kind.rawValue) | UInt32(node) << 8 | UInt32(place) << 16 }

  /// What this uses up.
  var trouble: Trouble? {
    switch kind {
    case .lose: .loss
    case .start: .start
    case .crash: .crash
    case .kill: .kill
    case .stop: .stop
    case .restart: .restart
    case .stall: .stall
    case .suspend: .suspend
    case .block: .block
    case .cut: .cut
    case .wall: .wall
    case .advance, .deliver, .timer, .work, .read, .renew, .expire, .wake, .join, .unwall: nil
    }
  }
}

/// Which moves there are in a world.
extension Machine {
  /// All of them, those that go wrong last.
  func moves(in world: World) -> [Move] {
    var moves: [Move] = []
    for node in 0..<2 { addDuties(of: node, in: world, to: &moves) }
    if timeToAdvance(in: world) != nil { moves.append(Move(.advance)) }
    addTroubles(in: world, to: &moves)
    return moves
  }

  private func addDuties(of node: Int, in world: World, to moves: inout [Move]) {
    let host = world.hosts[node]
    if host.hears {
      var hasSeenOld = false
      for (place, message) in world.flights[node].enumerated() {
        // What has waited comes in order; what is just being sent may overtake it.
        if message.isOld && (hasSeenOld || world.phase != 0) { continue }
        hasSeenOld = hasSeenOld || message.isOld
        moves.append(Move(.deliver, node, place))
        if mayLose(message, to: node, in: world) { moves.append(Move(.lose, node, place)) }
      }
      if host.hasUnread { moves.append(Move(.read, node)) }
      if isTimerDue(node, in: world) { moves.append(Move(.timer, node)) }
    }
    if host.works, !host.orders.isEmpty { moves.append(Move(.work, node)) }
    if isRenewalDue(node, in: world) { moves.append(Move(.renew, node)) }
    if host.holds, host.leaseEnd <= world.now { moves.append(Move(.expire, node)) }
  }

  private func mayLose(_ message: Message, to node: Int, in world: World) -> Bool {
    setting.losesSingly ? !world.hasLost[node] : world.budget[.loss] > 0
  }

  /// Time passes for a core only when everything that has arrived was read.
  private func isTimerDue(_ node: Int, in world: World) -> Bool {
    let host = world.hosts[node]
    guard let core = host.core, host.hears, core.nextDeadline <= world.now, !host.hasUnread else { return false }
    return world.phase != 0 || !world.flights[node].contains(where: \.isOld)
  }

  private func isRenewalDue(_ node: Int, in world: World) -> Bool {
    let host = world.hosts[node]
    return host.works && host.orders.isEmpty && host.renewAt <= world.now
  }

  /// How far time may go; nil while somebody must act first.
  func timeToAdvance(in world: World) -> Interval? {
    var next = world.now + Setting.unit * Int64(Setting.unitsPerTick - world.phase)
    for node in 0..<2 {
      let host = world.hosts[node]
      if let core = host.core, host.hears {
        if host.hasUnread { return nil }
        if world.phase == 0, world.flights[node].contains(where: \.isOld) { return nil }
        next = min(next, core.nextDeadline)
      }
      if host.works {
        if !host.orders.isEmpty { next = min(next, host.orderBy) } else { next = min(next, host.renewAt) }
      }
      if host.stall != .none, world.phase == 0, world.now >= host.stalledSince + Setting.tick * setting.longestStall {
        return nil
      }
      if host.holds, host.leaseEnd != .never {
        // A kernel counts coarsely and is never early.
        next = min(next, world.now < host.leaseEnd ? host.leaseEnd : host.leaseEnd + Setting.tick)
      }
    }
    let time = next - world.now
    return time > .zero ? time : nil
  }

  private func addTroubles(in world: World, to moves: inout [Move]) {
    func may(_ trouble: Trouble) -> Bool { world.budget[trouble] > 0 }
    for node in 0..<2 {
      let host = world.hosts[node]
      guard host.core != nil else {
        if may(.start), world.phase == 0, host.incarnation < Codec.incarnations { moves.append(Move(.start, node)) }
        if may(.crash), host.holds { moves.append(Move(.crash, node)) }
        continue
      }
      if may(.crash) { moves.append(Move(.crash, node)) }
      if may(.kill) { moves.append(Move(.kill, node)) }
      guard host.stall == .none else {
        if world.phase == 0, world.now > host.stalledSince { moves.append(Move(.wake, node)) }
        continue
      }
      if may(.stall) { moves.append(Move(.stall, node)) }
      if may(.suspend) { moves.append(Move(.suspend, node)) }
      if may(.block) { moves.append(Move(.block, node)) }
      if may(.stop), world.phase == 0 { moves.append(Move(.stop, node)) }
      if may(.restart), world.phase == 0 { moves.append(Move(.restart, node)) }
    }
    guard world.phase == 0 else { return }
    for node in 0..<2 {
      if world.isWalled[node] {
        moves.append(Move(.unwall, node))
      } else if may(.wall) {
        moves.append(Move(.wall, node))
      }
    }
    if world.isCut { moves.append(Move(.join)) } else if may(.cut) { moves.append(Move(.cut)) }
  }
}
