import TakeoverCore

/// What becomes of a world when nothing goes wrong any more: exactly one owner, for good.
///
/// From any world there is one fair run: cuts heal, threads are run again, every heartbeat arrives, and everybody acts
/// when it is due. Runs from different worlds soon meet, so that each costs only the steps to a world that is known.
struct Settling {
  private var machine: Machine
  /// By world before time goes on: how long until one owner serves for good, and until nothing changes, in units.
  private var known = FingerprintTable()
  /// Longer than anything that ends.
  private static let patience = 4000
  /// More steps than anybody needs at one instant.
  private static let busiest = 200
  private(set) var longestWithoutService = 0
  private(set) var longestUntilRest = 0

  private struct Step {
    let key: Fingerprint
    let isServed: Bool
    let units: Int
  }

  init(_ setting: Setting) { machine = Machine(setting) }

  /// - Returns: what is wrong with the end of this world, if anything.
  mutating func judge(_ origin: World) -> String? {
    var world = Self.calmed(origin)
    var steps: [Step] = []
    var places: [Fingerprint: Int] = [:]
    var end: UInt32 = 0
    while steps.count < Self.patience {
      act(&world)
      if let violation = machine.violation {
        machine.violation = nil
        return violation
      }
      let key = Fingerprint(machine.codec.row(of: world))
      if let value = known[key] {
        end = value
        break
      }
      if let first = places[key] {
        guard steps[first...].allSatisfy(\.isServed), isAtHome(world) else { return "settles without one owner" }
        for step in steps[first...] { _ = known.insert(step.key, 0) }
        steps.removeSubrange(first...)
        break
      }
      places[key] = steps.count
      let time = machine.timeToAdvance(in: world) ?? .zero
      guard time > .zero else { return "time stands still" }
      steps.append(Step(key: key, isServed: isServed(world), units: Int(time.nanoseconds / Setting.unit.nanoseconds)))
      machine.take(Move(.advance), in: &world)
    }
    if steps.count >= Self.patience { return "does not settle" }
    remember(steps, before: end)
    return nil
  }

  private mutating func remember(_ steps: [Step], before end: UInt32) {
    var service = Int(end >> 16)
    var rest = Int(end & 0xffff)
    for step in steps.reversed() {
      rest += step.units
      if service > 0 || !step.isServed { service += step.units }
      _ = known.insert(step.key, UInt32(service) << 16 | UInt32(rest))
    }
    longestWithoutService = max(longestWithoutService, service)
    longestUntilRest = max(longestUntilRest, rest)
  }

  /// Everything that is due now, in one order.
  private mutating func act(_ world: inout World) {
    for _ in 0..<Self.busiest {
      guard machine.violation == nil, let move = next(in: world) else { return }
      machine.take(move, in: &world)
    }
    machine.breakRule("progress: no end of acting at one instant")
  }

  private func next(in world: World) -> Move? {
    machine.moves(in: world).first { move in
      switch move.kind {
      case .deliver, .timer, .work, .read, .renew, .expire, .wake: true
      default: false
      }
    }
  }

  static func calmed(_ origin: World) -> World {
    var world = origin
    world.budget = Budget()
    if world.isCut { world.joinedAt = world.now }
    world.isCut = false
    world.isWalled = [false, false]
    world.hasLost = [false, false]
    world.overlapSince = .never
    return world
  }

  private func role(_ node: Int, _ world: World) -> GroupReport.Role? {
    world.hosts[node].core?.role(of: Setting.group)
  }

  /// Exactly one owner, and nobody else's kernel has the addresses. Without a lease a dead agent's kernel serves on.
  func isServed(_ world: World) -> Bool {
    let running = (0..<2).filter { world.hosts[$0].core != nil }
    guard !running.isEmpty else { return true }
    let owners = running.filter { role($0, world) == .owner }
    let holders = (0..<2).filter { world.hosts[$0].holds }
    if machine.setting.lease == nil, owners.isEmpty, holders.count == 1 { return world.hosts[holders[0]].core == nil }
    return owners.count == 1 && owners == holders
  }

  /// With auto_failback the preferred node serves at last, if it runs.
  private func isAtHome(_ world: World) -> Bool {
    guard machine.setting.autoFailback, world.hosts[0].core != nil else { return true }
    return role(0, world) == .owner || !world.hosts[0].holds && world.hosts[1].core == nil && world.hosts[1].holds
  }

  /// The fair run, to be read.
  static func story(of origin: World, in setting: Setting, ticks: Int = 60) -> [String] {
    var settling = Settling(setting)
    settling.machine.tellsStory = true
    var world = calmed(origin)
    let end = world.now + Setting.tick * Int64(ticks)
    while world.now < end, settling.machine.violation == nil {
      settling.act(&world)
      guard settling.machine.timeToAdvance(in: world) != nil else { break }
      settling.machine.take(Move(.advance), in: &world)
      let passed = (world.now - origin.now).nanoseconds / 1_000_000
      if settling.machine.story.last?.hasPrefix("+") == true { settling.machine.story.removeLast() }
      settling.machine.story.append("+\(passed) ms")
    }
    return settling.machine.story
  }
}
