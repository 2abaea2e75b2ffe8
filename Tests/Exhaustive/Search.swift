import TakeoverCore

/// Visits every world that can be reached, the nearest first.
public struct Search {
  /// What was searched, and what was found.
  public struct Outcome: Sendable {
    /// Different worlds that were visited.
    public var states = 0
    /// Steps that were taken.
    public var transitions = 0
    /// Steps to the furthest world.
    public var depth = 0
    /// Whether every world within the setting's bounds was visited.
    public var isComplete = false
    /// Worlds in which the nodes were left to settle.
    public var settled = 0
    /// The longest time for which two kernels had the addresses while both nodes heard each other.
    public var longestOverlap = Interval.zero
    /// The longest time until one owner serves for good, once nothing goes wrong any more.
    public var longestWithoutService = Interval.zero
    /// The longest time until nobody waits for anything any more.
    public var longestUntilRest = Interval.zero
    /// The first broken rule, with the shortest way to it.
    public var violation: String?
    /// What happened on that way, one line each.
    public var story: [String] = []
  }

  /// How a world was reached.
  private struct Origin {
    let parent: UInt32
    let move: UInt32
  }

  private let setting: Setting
  private let limit: Int
  private var machine: Machine
  private var settling: Settling
  private var visited: FingerprintTable
  private var origins: [Origin] = []
  private var root: [UInt8] = []
  /// The worlds whose successors are not known yet: rows one after the other.
  private var frontier = Layer()
  private var next = Layer()
  private var outcome = Outcome()

  private struct Layer {
    var bytes: [UInt8] = []
    var ends: [Int] = []
    var indices: [UInt32] = []

    mutating func append(_ row: [UInt8], _ index: UInt32) {
      bytes.append(contentsOf: row)
      ends.append(bytes.count)
      indices.append(index)
    }

    mutating func clear() {
      bytes.removeAll(keepingCapacity: true)
      ends.removeAll(keepingCapacity: true)
      indices.removeAll(keepingCapacity: true)
    }

    func row(_ place: Int) -> [UInt8] { Array(bytes[(place == 0 ? 0 : ends[place - 1])..<ends[place]]) }
  }

  /// - Parameter limit: how many worlds to visit at most.
  public init(_ setting: Setting, limit: Int = 400_000_000) {
    self.setting = setting
    self.limit = limit
    machine = Machine(setting)
    settling = Settling(setting)
    visited = FingerprintTable(capacity: 1 << 20)
  }

  /// - Parameter progress: called after each layer with the worlds visited and the depth.
  public mutating func run(progress: (Int, Int) -> Void = { _, _ in }) -> Outcome {
    let beginning = setting.beginsSettled ? machine.settledBeginning() : machine.beginning
    root = machine.codec.row(of: beginning)
    origins.append(Origin(parent: 0, move: 0))
    _ = visited.insert(Fingerprint(root), 0)
    frontier.append(root, 0)
    while !frontier.indices.isEmpty, outcome.violation == nil, origins.count < limit {
      for place in frontier.indices.indices where outcome.violation == nil {
        expand(frontier.row(place), frontier.indices[place])
      }
      swap(&frontier, &next)
      next.clear()
      if !frontier.indices.isEmpty { outcome.depth += 1 }
      progress(origins.count, outcome.depth)
    }
    return finish()
  }

  private mutating func finish() -> Outcome {
    outcome.isComplete = outcome.violation == nil && frontier.indices.isEmpty
    outcome.states = origins.count
    outcome.longestOverlap = machine.longestOverlap
    outcome.longestWithoutService = Setting.unit * Int64(settling.longestWithoutService)
    outcome.longestUntilRest = Setting.unit * Int64(settling.longestUntilRest)
    return outcome
  }

  private mutating func expand(_ row: [UInt8], _ index: UInt32) {
    let world = machine.codec.world(of: row)
    for move in machine.moves(in: world) {
      var successor = world
      machine.take(move, in: &successor)
      outcome.transitions += 1
      if setting.losesSingly, machine.hasMoved { machine.breakRule("a stable cluster moves") }
      if let violation = machine.violation { return fail(violation, index, move) }
      let reached = machine.codec.row(of: successor)
      guard visited.insert(Fingerprint(reached), UInt32(origins.count)) else { continue }
      if move.kind == .advance {
        outcome.settled += 1
        if let violation = settling.judge(successor) { return fail(violation, index, move, leaves: successor) }
      }
      next.append(reached, UInt32(origins.count))
      origins.append(Origin(parent: index, move: move.code))
    }
  }

  // MARK: - The way to a broken rule

  private mutating func fail(_ violation: String, _ index: UInt32, _ move: Move, leaves: World? = nil) {
    outcome.violation = violation
    var moves = [move]
    var place = index
    while place != 0 {
      moves.append(Move(code: origins[Int(place)].move))
      place = origins[Int(place)].parent
    }
    outcome.story = replay(moves.reversed())
    guard let leaves else { return }
    outcome.story.append("From here on nothing goes wrong any more:")
    outcome.story += Settling.story(of: leaves, in: setting)
  }

  private func replay(_ moves: [Move]) -> [String] {
    var teller = Machine(setting)
    teller.tellsStory = true
    var world = teller.codec.world(of: root)
    var time: Int64 = 0
    var lines: [String] = []
    for move in moves {
      let before = world.now
      teller.story = []
      teller.take(move, in: &world)
      time += (world.now - before).nanoseconds / 1_000_000
      if move.kind != .advance || !teller.story.isEmpty {
        let what = move.kind == .deliver ? "" : " \(move.kind) \(Setting.names[Int(move.node)])"
        lines.append("t=\(time) ms\(what)")
        lines += teller.story.map { "    " + $0 }
      }
      world = teller.codec.world(of: teller.codec.row(of: world))
    }
    return lines
  }
}

extension Machine {
  /// Both have been started one after the other, and nothing has happened for a while.
  func settledBeginning() -> World {
    var machine = Machine(setting)
    var world = beginning
    world.budget = Budget([.start: 2])
    machine.take(Move(.start, 0), in: &world)
    machine.take(Move(.start, 1), in: &world)
    let end = world.now + Setting.tick * 80
    while world.now < end || world.phase != 0 {
      while let move = machine.moves(in: world).first(where: { $0.trouble == nil && $0.kind != .advance }) {
        machine.take(move, in: &world)
      }
      machine.take(Move(.advance), in: &world)
    }
    world.budget = setting.budget
    return world
  }
}
