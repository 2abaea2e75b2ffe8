import TakeoverCore

/// The paths between the hosts, one a direction, for heartbeats and for what kernels say (ARP and ICMP).
struct Network {
  /// A path from one host to another. What it does to a message hangs on the message's number alone.
  struct Path: BitwiseCopyable {
    var cutsHeartbeats = false
    var cutsFrames = false
    /// Of 1,000.
    var loss: Int64 = 0
    var heartbeatLoss: Int64 = 0
    var duplicates: Int64 = 0
    var leastDelay: Int64 = 0
    var delaySpan: Int64 = 0
    fileprivate var key: UInt64 = 0
    fileprivate var heartbeats: UInt64 = 0
    fileprivate var frames: UInt64 = 0

    var mostDelay: Interval { Interval(nanoseconds: leastDelay + delaySpan) }
  }

  /// When the copies of a heartbeat arrive.
  struct Arrivals: BitwiseCopyable {
    var first: Int64?
    var second: Int64?
  }

  let count: Int
  private var paths: [Path]

  init(count: Int, delay: Schedule.Range, seed: UInt64) {
    self.count = count
    paths = []
    for number in 0..<count * count {
      var path = Path()
      path.key = Chance.mix(seed &+ UInt64(number + 1) &* Chance.golden)
      path.leastDelay = delay.least.nanoseconds
      path.delaySpan = (delay.most - delay.least).nanoseconds
      paths.append(path)
    }
  }

  subscript(from: Int, to: Int) -> Path {
    get { paths[from * count + to] }
    set { paths[from * count + to] = newValue }
  }

  /// Takes all faults off every path, and puts those in force on.
  mutating func apply(_ faults: [Fault], delay: Schedule.Range) {
    for from in 0..<count {
      for to in 0..<count {
        let place = from * count + to
        paths[place].cutsHeartbeats = false
        paths[place].cutsFrames = false
        paths[place].loss = 0
        paths[place].heartbeatLoss = 0
        paths[place].duplicates = 0
        paths[place].delaySpan = (delay.most - delay.least).nanoseconds
        for fault in faults where fault.kind.isOfNetwork && fault.covers(from, to) && from != to {
          paths[place].take(fault)
        }
      }
    }
  }

  mutating func sendHeartbeat(from: Int, to: Int, at now: Int64) -> Arrivals {
    let place = from * count + to
    paths[place].heartbeats &+= 1
    let path = paths[place]
    if path.cutsHeartbeats { return Arrivals() }
    let chance = Chance.mix(path.key &+ path.heartbeats &* Chance.golden)
    let luck = Int64(chance >> 54)
    if luck < path.loss + path.heartbeatLoss { return Arrivals() }
    var arrivals = Arrivals(first: now + path.leastDelay + Chance.scale(chance & 0xffff_ffff, to: path.delaySpan))
    if path.duplicates > 0 {
      let other = Chance.mix(chance)
      if Int64(other >> 54) < path.duplicates {
        arrivals.second = now + path.leastDelay + Chance.scale(other & 0xffff_ffff, to: path.delaySpan)
      }
    }
    return arrivals
  }

  /// When a frame of ARP or ICMP arrives; nil if it is lost.
  mutating func sendFrame(from: Int, to: Int, at now: Int64) -> Int64? {
    let place = from * count + to
    paths[place].frames &+= 1
    let path = paths[place]
    if path.cutsFrames { return nil }
    let chance = Chance.mix(~path.key &+ path.frames &* Chance.golden)
    if Int64(chance >> 54) < path.loss { return nil }
    return now + path.leastDelay + Chance.scale(chance & 0xffff_ffff, to: path.delaySpan)
  }
}

extension Network.Path {
  fileprivate mutating func take(_ fault: Fault) {
    // A share of 1,000 as a share of 1,024, the next above.
    let share = (fault.amount * 1024 + 999) / 1000
    switch fault.kind {
    case .cut:
      cutsHeartbeats = true
      cutsFrames = true
    case .firewall: cutsHeartbeats = true
    case .loss: loss = max(loss, share)
    case .heartbeatLoss: heartbeatLoss = max(heartbeatLoss, share)
    case .duplicates: duplicates = max(duplicates, share)
    case .jitter: delaySpan += fault.amount
    default: break
    }
  }
}
