import TakeoverCore

/// A world on a ``StateTape``.
struct Codec {
  private let blanks: [[TakeoverCore]]
  /// The present of every world that is read.
  static let now = Instant(nanoseconds: 1 << 50)
  static let incarnations = 6
  private let unit: Interval

  init(_ setting: Setting, unit: Interval = Setting.unit) {
    self.unit = unit
    blanks = (0..<2).map { node in
      (0...Self.incarnations).map {
        TakeoverCore(cluster: setting.cluster(of: node), session: Self.session(of: node, $0))
      }
    }
  }

  static func session(of node: Int, _ incarnation: Int) -> UInt64 { UInt64(node * 16 + incarnation + 1) }

  /// An agent that has not started yet.
  func core(of node: Int, incarnation: Int) -> TakeoverCore { blanks[node][min(incarnation, Self.incarnations)] }

  func row(of world: World) -> [UInt8] {
    var tape = StateTape(writingAt: world.now, unit: unit)
    var world = world
    tape.forgetsFirstTerms = world.budget[.start] == 0
    pass(&world, through: &tape)
    return tape.row()
  }

  func world(of row: [UInt8]) -> World {
    var tape = StateTape(reading: row, at: Self.now, unit: unit)
    var world = World()
    world.now = Self.now
    pass(&world, through: &tape)
    return world
  }

  private func pass(_ world: inout World, through tape: inout StateTape) {
    world.budget.bits = tape.plain(world.budget.bits)
    world.phase = tape.plain(world.phase)
    world.isCut = tape.plain(world.isCut)
    tape.floor = -1
    world.joinedAt = tape.milestone(world.joinedAt, memory: Setting.unit * 2)
    world.overlapSince = tape.instant(world.overlapSince)
    for node in 0..<2 {
      world.isWalled[node] = tape.plain(world.isWalled[node])
      world.hasLost[node] = tape.plain(world.hasLost[node])
      pass(&world.hosts[node], node, through: &tape)
      pass(&world.flights[node], through: &tape)
    }
  }

  private func pass(_ host: inout Host, _ node: Int, through tape: inout StateTape) {
    host.incarnation = tape.plain(host.incarnation)
    host.isPowered = tape.plain(host.isPowered)
    host.holds = tape.plain(host.holds)
    tape.floor = -1
    host.heldSince = tape.milestone(host.heldSince, memory: Setting.unit, matters: host.holds)
    host.leaseEnd = tape.instant(host.leaseEnd, matters: host.holds)
    guard tape.plain(host.core != nil) else {
      host.core = nil
      return
    }
    if tape.isReading { host.core = core(of: node, incarnation: host.incarnation) }
    host.core?.pass(through: &tape)
    tape.floor = -1
    host.stall = Stall(rawValue: tape.plain(host.stall.rawValue)) ?? .none
    host.stalledSince = tape.instant(host.stalledSince, matters: host.stall != .none)
    host.wanted = tape.plain(host.wanted != nil) ? tape.term(host.wanted ?? 0) : nil
    host.renewAt = tape.instant(host.renewAt)
    host.leasedUntil = tape.instant(host.leasedUntil, matters: host.renewAt != .never)
    host.isFound = tape.plain(host.isFound)
    host.listensUntil = tape.milestone(host.listensUntil)
    host.mustWithdraw = tape.plain(host.mustWithdraw)
    host.claimedAt = tape.milestone(host.claimedAt, memory: Setting.tick)
    host.takesOver = tape.plain(host.takesOver)
    host.isBlind = tape.plain(host.isBlind)
    host.isRestarting = tape.plain(host.isRestarting)
    pass(&host.orders, through: &tape)
    host.orderBy = tape.instant(host.orderBy, matters: !host.orders.isEmpty)
    pass(&host.notices, through: &tape)
  }

  private func pass(_ orders: inout [Order], through tape: inout StateTape) {
    let count = tape.plain(orders.count)
    for place in 0..<count {
      if tape.isReading { orders.append(.letGo) }
      switch orders[place] {
      case .hold(let term):
        _ = tape.plain(0)
        _ = tape.term(term)
      case .letGo where tape.isReading:
        switch tape.plain(0) {
        case 0: orders[place] = .hold(term: tape.term(0))
        case 1: orders[place] = .announce(term: tape.term(0))
        default: break
        }
      case .letGo: _ = tape.plain(2)
      case .announce(let term):
        _ = tape.plain(1)
        _ = tape.term(term)
      }
    }
  }

  private func pass(_ notices: inout [Notice], through tape: inout StateTape) {
    let count = tape.plain(notices.count)
    for place in 0..<count {
      if tape.isReading {
        switch tape.plain(0) {
        case 0: notices.append(.leased(until: tape.instant(.never)))
        case 1: notices.append(.added(term: tape.term(0)))
        case 2: notices.append(.removed)
        case 3: notices.append(.announced(term: tape.term(0)))
        default: notices.append(.lost)
        }
        continue
      }
      switch notices[place] {
      case .leased(let until):
        _ = tape.plain(0)
        _ = tape.instant(until)
      case .added(let term):
        _ = tape.plain(1)
        _ = tape.term(term)
      case .removed: _ = tape.plain(2)
      case .announced(let term):
        _ = tape.plain(3)
        _ = tape.term(term)
      case .lost: _ = tape.plain(4)
      }
    }
  }

  private func pass(_ flights: inout [Message], through tape: inout StateTape) {
    let count = tape.plain(flights.count)
    for place in 0..<count {
      var message = tape.isReading ? Message(Self.silence) : flights[place]
      message.session = tape.plain(message.session)
      message.sequence = tape.sequence(message.sequence, of: message.session)
      message.flags = Heartbeat.Flags(rawValue: tape.plain(message.flags.rawValue))
      message.hasHardware = tape.plain(message.hasHardware)
      message.isOld = tape.plain(message.isOld)
      message.report.pass(through: &tape)
      let echoes = tape.plain(message.echoes.count)
      for index in 0..<echoes {
        var echo = tape.isReading ? Self.nobody : message.echoes[index]
        echo.node = Tag(rawValue: UInt32(truncatingIfNeeded: tape.plain(Int64(echo.node.rawValue))))
        echo.alive = tape.plain(echo.alive)
        echo.session = tape.plain(echo.session)
        echo.sequence = tape.sequence(echo.sequence, of: echo.session)
        if tape.isReading { message.echoes.append(echo) }
      }
      if tape.isReading { flights.append(message) }
    }
  }

  private static let nobody = Heartbeat.Echo(node: .none, alive: false, session: 0, sequence: 0)
  private static let silence = {
    var heartbeat = Heartbeat(
      cluster: .none, node: .none, fingerprint: 1, session: 1, sequence: 1, keepalive: .zero, deadtime: .zero)
    heartbeat.groups.append(GroupReport(group: .none))
    return heartbeat
  }()
}
