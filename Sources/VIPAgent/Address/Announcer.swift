import Linux
import Netlink
import TakeoverCore

/// Tells the network where addresses are: gratuitous ARP, in request and reply form, on a schedule.
struct Announcer: ~Copyable {
  /// After a claim, at once and then until every neighbour has had its chance: a Linux neighbour entry that was
  /// updated less than `locktime` (1 s) ago ignores a change, with older kernels even a gratuitous one.
  private static let schedule: [Interval] = [.zero, .milliseconds(200), .milliseconds(1_100), .milliseconds(2_200)]
  /// Frames built before they are handed to the kernel.
  private static let chunk = 64

  /// An address to announce.
  struct Target {
    let address: IPv4Number
    let hardware: EthernetAddress
    let link: Int32
  }

  private struct Campaign {
    let targets: [Target]
    let began: Instant
    let refresh: Interval
    var round: Int
    var next: Instant
  }

  private let socket: AnnounceSocket
  private let frames = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk * ARPFrame.length, alignment: 16)
  private let lengths = UnsafeMutablePointer<Int>.allocate(capacity: chunk)
  private var campaigns: [Tag: Campaign] = [:]

  init() throws(SystemError) {
    socket = try AnnounceSocket()
    lengths.initialize(repeating: ARPFrame.length, count: Self.chunk)
  }

  deinit {
    frames.deallocate()
    lengths.deallocate()
  }

  /// When the next round of any group is due.
  var nextDeadline: Instant { campaigns.values.map(\.next).min() ?? .never }

  /// Announces a group's addresses from now on, from the beginning of the schedule. The first round is out when this
  /// returns.
  /// - Parameter refresh: time between two rounds after the schedule; zero ends with the schedule.
  /// - Returns: when the kernel had taken the first frames, if it took any, and why one could not be sent, if one could
  ///   not.
  mutating func begin(
    _ group: Tag, _ targets: [Target], refresh: Interval, at now: Instant
  ) -> (first: Instant?, failure: Errno?) {
    campaigns[group] = Campaign(targets: targets, began: now, refresh: refresh, round: 0, next: now)
    return sendRound(of: group, at: now)
  }

  /// Announces a group once, if it is announced at all; its schedule stays as it is.
  func repeatOnce(_ group: Tag) {
    if let campaign = campaigns[group] { _ = send(campaign.targets) }
  }

  /// Announces a group no longer.
  mutating func end(_ group: Tag) { campaigns[group] = nil }

  /// Sends what is due, of the groups whose addresses are still there.
  mutating func catchUp(at now: Instant, where isServed: (Tag) -> Bool) {
    for group in campaigns.keys where (campaigns[group]?.next ?? .never) <= now {
      if isServed(group) { _ = sendRound(of: group, at: now) } else { campaigns[group] = nil }
    }
  }

  private mutating func sendRound(of group: Tag, at now: Instant) -> (first: Instant?, failure: Errno?) {
    guard var campaign = campaigns[group] else { return (nil, nil) }
    campaign.round += 1
    if campaign.round < Self.schedule.count {
      campaign.next = campaign.began + Self.schedule[campaign.round]
    } else {
      campaign.next = campaign.refresh > .zero ? now + campaign.refresh : .never
    }
    campaigns[group] = campaign
    return send(campaign.targets)
  }

  /// Request form and reply form of each address, in chunks. Targets of one device follow each other.
  private func send(_ targets: [Target]) -> (first: Instant?, failure: Errno?) {
    var first: Instant?
    var failure: Errno?
    var start = targets.startIndex
    while start < targets.endIndex {
      let link = targets[start].link
      var count = 0
      var next = start
      while next < targets.endIndex, targets[next].link == link, count + 2 <= Self.chunk {
        write(targets[next], as: .request, at: count)
        write(targets[next], as: .reply, at: count + 1)
        count += 2
        next += 1
      }
      let result = socket.send(
        frames: UnsafeRawBufferPointer(frames), stride: ARPFrame.length, lengths: lengths, count: count, to: link)
      if first == nil, result.sent > 0 { first = .now }
      failure = result.errno ?? failure
      start = next
    }
    return (first, failure)
  }

  private func write(_ target: Target, as form: ARPFrame.Operation, at place: Int) {
    ARPFrame.announcement(of: target.address, at: target.hardware, as: form)
      .emit(into: UnsafeMutableRawBufferPointer(rebasing: frames[(place * ARPFrame.length)...]))
  }
}
