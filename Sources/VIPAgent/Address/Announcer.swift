import Glibc
import Linux
import Netlink
import TakeoverCore

/// Tells the network where addresses are: gratuitous ARP, in request and reply form, on a schedule.
struct Announcer: ~Copyable {
  /// After a claim, at once and then until every neighbour has had its chance: a Linux neighbour entry that was
  /// updated less than `locktime` (1 s) ago ignores a change, with older kernels even a gratuitous one.
  private static let schedule: [Interval] = [.zero, .milliseconds(200), .milliseconds(1_100), .milliseconds(2_200)]
  /// Frames handed to the kernel in one system call.
  private static let chunk = 64
  /// Between two chunks that nobody waits for: half a million frames a second at most.
  private static let pace = Interval.microseconds(128)
  /// So many chunks of first frames before it is somebody else's turn.
  private static let urgentChunks = 16
  /// How long a full queue is given to empty, and how often.
  private static let recovery = Interval.milliseconds(1), mostRefusals = 20

  /// An address to announce.
  struct Target {
    let address: IPv4Number
    let hardware: EthernetAddress
    let link: Int32
  }

  /// What became of the first announcement of a group.
  struct Outcome {
    let group: Tag
    let term: UInt64
    /// When the kernel had taken the first frames, if it took any.
    let first: Instant?
    /// Why a frame could not be sent, if one could not.
    let failure: Errno?
  }

  private struct Campaign {
    let targets: [Target]
    let term: UInt64
    let began: Instant
    let refresh: Interval
    var round = 0
    /// What goes out next: each target's request form, then each one's reply form. A neighbour that hears either knows,
    /// so no target waits for the second form of another.
    var form = ARPFrame.Operation.request
    var place = 0
    /// When it is due.
    var next: Instant
    /// How often in a row the kernel's queue was full.
    var refusals = 0
    var first: Instant?
    var failure: Errno?

    /// The first frame of some target has not left yet.
    var isFirst: Bool { round == 0 && form == .request }
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

  /// When something is due to be sent.
  var nextDeadline: Instant { campaigns.values.map(\.next).min() ?? .never }

  /// Announces a group's addresses from now on, from the beginning of the schedule; ``work(at:where:)`` sends.
  /// - Parameter refresh: time between two rounds after the schedule; zero ends with the schedule.
  mutating func begin(_ group: Tag, term: UInt64, _ targets: [Target], refresh: Interval, at now: Instant) {
    campaigns[group] = Campaign(targets: targets, term: term, began: now, refresh: refresh, next: now)
  }

  /// Announces a group once, if it is announced at all; its schedule stays as it is.
  func repeatOnce(_ group: Tag) {
    guard let targets = campaigns[group]?.targets else { return }
    for form in [ARPFrame.Operation.request, .reply] {
      var place = 0
      while place < targets.count { place += max(send(targets, from: place, as: form).count, 1) }
    }
  }

  /// Announces a group no longer.
  mutating func end(_ group: Tag) { campaigns[group] = nil }

  /// Sends a chunk of each group that is due, or a few of the first frames, and whose addresses are still there.
  /// - Returns: the groups of which every address has been announced once now, for the first time.
  mutating func work(at now: Instant, where isServed: (Tag) -> Bool) -> [Outcome] {
    var outcomes: [Outcome] = []
    for (group, campaign) in campaigns where campaign.next <= now {
      guard isServed(group) else {
        campaigns[group] = nil
        continue
      }
      var campaign = campaign
      let isFirst = campaign.isFirst
      for _ in 0..<Self.urgentChunks where campaign.next <= now {
        advance(&campaign, at: now)
        guard campaign.isFirst else { break }
      }
      campaigns[group] = campaign
      guard isFirst, campaign.form == .reply else { continue }
      outcomes.append(
        Outcome(group: group, term: campaign.term, first: campaign.first, failure: campaign.failure))
    }
    return outcomes
  }

  private func advance(_ campaign: inout Campaign, at now: Instant) {
    let (taken, count, failure) = send(campaign.targets, from: campaign.place, as: campaign.form)
    if taken > 0, campaign.first == nil { campaign.first = .now }
    if Self.isFull(failure), campaign.refusals < Self.mostRefusals {
      campaign.place += taken
      campaign.refusals += 1
      campaign.next = now + Self.recovery
      return
    }
    campaign.refusals = 0
    campaign.failure = failure ?? campaign.failure
    campaign.place += count
    // Only the first frame of each target is in a hurry.
    campaign.next = campaign.isFirst ? now : now + Self.pace
    guard campaign.place >= campaign.targets.count else { return }
    campaign.place = 0
    guard campaign.form == .reply else { return campaign.form = .reply }
    campaign.form = .request
    campaign.round += 1
    if campaign.round < Self.schedule.count {
      campaign.next = campaign.began + Self.schedule[campaign.round]
    } else {
      campaign.next = campaign.refresh > .zero ? now + campaign.refresh : .never
    }
  }

  /// The device's queue is full: it takes more when it has sent some.
  private static func isFull(_ failure: Errno?) -> Bool {
    failure?.rawValue == EAGAIN || failure?.rawValue == ENOBUFS
  }

  /// One form of as many targets as fit into a chunk, all of one device.
  /// - Returns: how many frames the kernel took of how many, and why not the others.
  private func send(
    _ targets: [Target], from start: Int, as form: ARPFrame.Operation
  ) -> (taken: Int, count: Int, failure: Errno?) {
    guard start < targets.count else { return (0, 0, nil) }
    let link = targets[start].link
    var count = 0
    while start + count < targets.count, targets[start + count].link == link, count < Self.chunk {
      write(targets[start + count], as: form, at: count)
      count += 1
    }
    let (sent, errno) = socket.send(
      frames: UnsafeRawBufferPointer(frames), stride: ARPFrame.length, lengths: lengths, count: count, to: link)
    return (sent, count, errno)
  }

  private func write(_ target: Target, as form: ARPFrame.Operation, at place: Int) {
    ARPFrame.announcement(of: target.address, at: target.hardware, as: form)
      .emit(into: UnsafeMutableRawBufferPointer(rebasing: frames[(place * ARPFrame.length)...]))
  }
}
