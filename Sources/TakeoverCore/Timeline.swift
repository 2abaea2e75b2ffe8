/// How a claim went, from the last word of the former owner to the first announcement, on this node's clock.
public struct Timeline: BitwiseCopyable, Sendable {
  /// Which group.
  public var group = GroupIndex(0)
  /// The claim's term.
  public var term: UInt64 = 0
  /// Who owned the group before, or hands it over; nil where nobody is known.
  public var from: NodeIndex?
  /// When that node was last heard before the claim; nil where it is not known.
  public var lastHeard: Instant?
  /// When its silence became a death: last heard + its deadtime; nil where it did not die.
  public var deadline: Instant?
  /// When this node decided to claim: the order to the kernel goes out.
  public var claimed = Instant.origin
  /// When the kernel had confirmed every address.
  public var confirmed = Instant.origin
  /// When the kernel had taken the first gratuitous ARP frame of every address.
  public var announced = Instant.origin

  /// A timeline of nothing yet.
  public init() {}
}

extension TakeoverCore {
  /// The beginning of a claim's timeline, as far as the cause tells of a former owner.
  func timeline(of cause: Cause, term: UInt64) -> Timeline {
    var timeline = Timeline()
    timeline.term = term
    timeline.claimed = clock
    switch cause {
    case .ownerDead(let node, _, _), .answersStopped(let node, _), .ownerProxied(let node): timeline.from = node
    case .ownerLeft(let node), .ownerLetGo(let node), .handOver(let node): timeline.from = node
    default: return timeline
    }
    guard let from = timeline.from else { return timeline }
    let peer = peers[Int(from.position)]
    guard peer.condition != .unknown else { return timeline }
    timeline.lastHeard = peer.lastHeard
    if peer.condition == .dead { timeline.deadline = peer.lastHeard + peer.deadtime }
    return timeline
  }
}
