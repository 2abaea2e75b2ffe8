import Glibc
import Linux
import Netlink
import Support
import TakeoverCore

/// Tells the network where addresses are: gratuitous ARP, in request and reply form, on a schedule.
struct Announcer: ~Copyable {
  /// After a claim, at once and then until every neighbour has had its chance: a Linux neighbour entry that was
  /// updated less than `locktime` (1 s) ago ignores a change, with older kernels even a gratuitous one.
  private static let schedule: [Interval] = [.zero, .milliseconds(200), .milliseconds(1_100), .milliseconds(2_200)]
  /// Between two chunks that nobody waits for: half a million frames a second at most.
  private static let pace = Interval.microseconds(128)
  /// So many chunks of first frames before it is somebody else's turn.
  private static let urgentChunks = 16
  /// How long a full queue is given to empty, and how often.
  private static let recovery = Interval.milliseconds(1), mostRefusals = 20

  /// What became of the first announcement of a group.
  struct Outcome {
    let group: Tag
    let term: UInt64
    /// When the kernel had taken each address's first frame, or had refused it.
    let at: Instant
    /// Why a frame could not be sent, if one could not.
    let failure: Errno?
  }

  private struct Campaign {
    let targets: [Announcement]
    let term: UInt64
    var began: Instant
    let refresh: Interval
    var round = 0
    /// What goes out next: each target's request form, then each one's reply form. A neighbour that hears either knows,
    /// so no target waits for the second form of another.
    var form = ARPFrame.Operation.request
    var place: Int
    /// When it is due.
    var next: Instant
    /// How often in a row the kernel's queue was full.
    var refusals = 0
    var failure: Errno?

    /// The first frame of some target has not left yet.
    var isFirst: Bool { round == 0 && form == .request }

    /// Goes back to the begin of the schedule.
    mutating func beginAnew(at now: Instant) {
      (began, next) = (now, now)
      (round, form, place) = (0, .request, 0)
    }
  }

  private let batch: AnnouncementBatch
  private var campaigns: [Tag: Campaign] = [:]

  init() throws(SystemError) { batch = try AnnouncementBatch() }

  /// When something is due to be sent.
  var nextDeadline: Instant { campaigns.values.map(\.next).min() ?? .never }

  /// Sends the first frames of a claim that is not complete yet, on another thread; nil where that is not possible.
  ///
  /// Nothing else may be asked for before it has finished.
  func setOut(with announcements: [Announcement], by devices: Devices) -> EarlyAnnouncer? {
    try? EarlyAnnouncer(announcements, by: batch, on: devices)
  }

  /// Announces a group's addresses from now on, from the beginning of the schedule; ``work(at:by:where:)`` sends.
  /// - Parameters:
  ///   - place: the first frames of so many targets have left already.
  ///   - refresh: time between two rounds after the schedule; zero ends with the schedule.
  mutating func begin(
    _ group: Tag, term: UInt64, _ targets: [Announcement], from place: Int, refresh: Interval, at now: Instant
  ) {
    campaigns[group] = Campaign(targets: targets, term: term, began: now, refresh: refresh, place: place, next: now)
  }

  /// Announces what is announced on a device from the beginning of the schedule: its Ethernet address has changed.
  /// - Returns: the groups.
  mutating func beginAnew(on link: Int32, at now: Instant) -> [Tag] {
    let groups = campaigns.filter { $0.value.targets.contains { $0.link == link } }.map(\.key)
    for group in groups { campaigns[group]?.beginAnew(at: now) }
    return groups
  }

  /// Announces a group once, if it is announced at all; its schedule stays as it is.
  func repeatOnce(_ group: Tag, by devices: Devices) {
    guard let targets = campaigns[group]?.targets else { return }
    for form in [ARPFrame.Operation.request, .reply] {
      var place = 0
      while place < targets.count { place += max(batch.send(targets, from: place, as: form, by: devices).count, 1) }
    }
  }

  /// Announces a group no longer.
  mutating func end(_ group: Tag) { campaigns[group] = nil }

  /// Sends a chunk of each group that is due, or a few of the first frames, and whose addresses are still there.
  /// - Returns: the groups of which every address has been announced once now, for the first time.
  mutating func work(at now: Instant, by devices: Devices, where isServed: (Tag) -> Bool) -> [Outcome] {
    var outcomes: [Outcome] = []
    for (group, campaign) in campaigns where campaign.next <= now {
      guard isServed(group) else {
        campaigns[group] = nil
        continue
      }
      var campaign = campaign
      let isFirst = campaign.isFirst
      for _ in 0..<Self.urgentChunks where campaign.next <= now {
        advance(&campaign, at: now, by: devices)
        guard campaign.isFirst else { break }
      }
      campaigns[group] = campaign
      guard isFirst, campaign.form == .reply else { continue }
      outcomes.append(Outcome(group: group, term: campaign.term, at: .now, failure: campaign.failure))
    }
    return outcomes
  }

  private func advance(_ campaign: inout Campaign, at now: Instant, by devices: Devices) {
    let (taken, count, failure) = batch.send(campaign.targets, from: campaign.place, as: campaign.form, by: devices)
    if AnnouncementBatch.isFull(failure), campaign.refusals < Self.mostRefusals {
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
}
