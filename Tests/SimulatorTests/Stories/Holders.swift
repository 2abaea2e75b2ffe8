import Simulator
import TakeoverCore

@testable import Support

/// Whose kernels have the address: nobody's, or several at once, and for how long.
struct Holders {
  private(set) var now: Set<Int> = []
  private var everHeld = false
  private var changedAt = Instant.origin
  private var reason = ""
  /// What keeps two hosts from knowing of each other.
  private var barriers: [Fault] = []
  private var handsOver: Set<Int> = []
  private(set) var gaps: [Interval] = []
  private(set) var overlaps: [(length: Interval, reason: String)] = []

  /// A sign a host: its number if it holds.
  func gutter(of hosts: Int) -> String {
    (0..<hosts).map { now.contains($0) ? "\($0 + 1)" : "·" }.joined()
  }

  /// What there is to say of a time that is over.
  mutating func take(_ moment: Happening) -> String? {
    switch moment.what {
    case .began(let fault): barriers.append(fault)
    case .healed(let fault): barriers.removeAll { $0 == fault }
    default: break
    }
    guard let host = moment.host else { return nil }
    switch moment.what {
    case .reported(.transitioned(_, _, let to, let cause, _)):
      if case .taken = cause { return nil }
      if to == .releasing, cause.isHandOver { handsOver.insert(host) } else { handsOver.remove(host) }
      return nil
    case .held(_, let holds): return change(host, holds, at: moment.at)
    default: return nil
    }
  }

  private mutating func change(_ host: Int, _ holds: Bool, at time: Instant) -> String? {
    let before = now.count
    if holds { now.insert(host) } else { now.remove(host) }
    defer { everHeld = true }
    if before < 2, now.count >= 2 {
      reason = why
      changedAt = time
    } else if before >= 2, now.count < 2 {
      overlaps.append((time - changedAt, reason))
      return "two hosts had it for \((time - changedAt).text) (\(reason))"
    } else if before == 0, everHeld {
      gaps.append(time - changedAt)
      return "nobody had it for \((time - changedAt).text)"
    } else if now.isEmpty {
      changedAt = time
    }
    return nil
  }

  private var why: String {
    if !handsOver.isEmpty { return "hand-over" }
    if barriers.contains(where: { $0.kind == .cut }) { return "nothing passed between them" }
    if barriers.contains(where: { $0.kind == .pause || $0.kind == .freeze }) { return "one of them stood still" }
    return "unplanned"
  }
}

extension Cause {
  /// Whether it names somebody who shall take the group.
  fileprivate var isHandOver: Bool {
    switch self {
    case .failBack, .requested, .standby(.some), .stopping(.some), .storm(.some): true
    default: false
    }
  }
}
