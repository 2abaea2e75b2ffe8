import TakeoverCore

@testable import Simulator

/// What the network does to heartbeats, or to frames of ARP and ICMP, in one direction.
final class TrialPath {
  static let usual = Interval.microseconds(100)...Interval.microseconds(500)

  /// Called after every change.
  var changed: () -> Void = {}
  var isCut = false { didSet { changed() } }
  var loss = 0.0 { didSet { changed() } }
  var duplicates = 0.0 { didSet { changed() } }
  var delay = usual { didSet { changed() } }
}

extension Trial {
  /// Puts what the paths from one host to another say into the world, as faults. What cuts frames but not heartbeats is no fault of
  /// the world: then nothing is cut.
  func rewire(_ from: Int, _ to: Int) {
    let wanted = from == to ? [] : faults(from, to)
    let mask = UInt16(1) << UInt16(from)
    let present = world.inForce.filter { $0.kind.isOfNetwork && $0.from == mask && $0.to == 1 << UInt16(to) }
    if wanted == present { return }
    world.lift { present.contains($0) && !wanted.contains($0) }
    for fault in wanted where !present.contains(fault) { world.impose(fault) }
  }

  private func faults(_ from: Int, _ to: Int) -> [Fault] {
    let heartbeats = paths[from][to]
    let frames = wire[from][to]
    var faults: [Fault] = []
    func add(_ kind: Fault.Kind, _ amount: Int64 = 0) {
      var fault = Fault(kind, at: .zero)
      fault.from = 1 << UInt16(from)
      fault.to = 1 << UInt16(to)
      fault.amount = amount
      faults.append(fault)
    }
    if heartbeats.isCut { add(frames.isCut ? .cut : .firewall) }
    if frames.loss > 0 {
      add(.loss, Int64(frames.loss * 1_000))
    } else if heartbeats.loss > 0 {
      add(.heartbeatLoss, Int64(heartbeats.loss * 1_000))
    }
    if heartbeats.duplicates > 0 { add(.duplicates, Int64(heartbeats.duplicates * 1_000)) }
    if heartbeats.delay != TrialPath.usual {
      add(.jitter, (heartbeats.delay.upperBound - TrialPath.usual.upperBound).nanoseconds)
    }
    return faults
  }

  /// The fabric eats everything to and from a host.
  func isolate(_ host: Int, _ isCut: Bool = true) {
    for other in hosts.indices where other != host {
      wire[host][other].isCut = isCut
      wire[other][host].isCut = isCut
    }
    muffle(host, isCut)
  }

  /// A firewall eats the heartbeats to and from a host, and nothing else.
  func muffle(_ host: Int, _ isCut: Bool = true) {
    for other in hosts.indices where other != host {
      paths[host][other].isCut = isCut
      paths[other][host].isCut = isCut
    }
  }
}
