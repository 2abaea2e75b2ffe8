import Simulator
import TakeoverCore

@testable import Support

/// A client on the same link: it sends to whoever announced the address last, and is answered if that host has it and can be reached.
/// What is cut between the nodes is not cut for the client.
struct Client {
  private var learned: Int?
  private var holders: Set<Int> = []
  private var unreachable: Set<Int> = []
  private var silentSince: Instant?
  private var server: Int?
  private(set) var firstAnswered: Instant?
  private(set) var silences: [Interval] = []
  /// How often it was sent to another host without a silence.
  private(set) var moves = 0

  var isAnswered: Bool { learned.map { holders.contains($0) && !unreachable.contains($0) } ?? false }
  /// Without an answer at the end.
  var isSilent: Bool { learned != nil && !isAnswered }

  /// What the client notices, in words; nil if nothing.
  mutating func take(_ moment: Happening, names: [String]) -> String? {
    switch moment.what {
    case .held(_, let holds): if let host = moment.host { change(&holders, host, holds) }
    case .announced: if let host = moment.host, !unreachable.contains(host) { learned = host }
    case .began(let fault) where fault.kind.isolates: change(&unreachable, fault.host, true)
    case .healed(let fault) where fault.kind.isolates: change(&unreachable, fault.host, false)
    default: return nil
    }
    return notice(at: moment.at, names: names)
  }

  private func change(_ set: inout Set<Int>, _ host: Int, _ isIn: Bool) {
    if isIn { set.insert(host) } else { set.remove(host) }
  }

  private mutating func notice(at now: Instant, names: [String]) -> String? {
    guard let learned else { return nil }
    guard isAnswered else {
      guard silentSince == nil, server != nil else { return nil }
      silentSince = now
      return "no answer any more"
    }
    defer { server = learned }
    firstAnswered = firstAnswered ?? now
    guard let since = silentSince else {
      guard let server, server != learned else { return server == nil ? "answered by \(names[learned])" : nil }
      moves += 1
      return "answered by \(names[learned]) from now on, nothing lost"
    }
    silentSince = nil
    silences.append(now - since)
    return "answered by \(names[learned]), after \((now - since).text) without an answer"
  }
}

extension Fault.Kind {
  /// Nobody reaches the host's kernel, though it keeps what it has.
  fileprivate var isolates: Bool { self == .unplug || self == .pause || self == .freeze }
}
