import Linux
import TakeoverCore

/// What the heartbeat thread has told: put into words for the log, and remembered for the status.
///
/// The main thread's alone.
final class Chronicle {
  private let log: Log
  private(set) var narrator: Narrator
  private(set) var history = History(started: .now)
  private(set) var isRealtime: Bool
  var isMemoryLocked = false
  /// What the kernel answers to heartbeats, by the link's place.
  private(set) var linkFailures: [Int: String] = [:]
  /// Reports that found no room so far, to say when there are more.
  private var lostReports: UInt64 = 0

  /// - Parameter plan: whose numbers the first reports use.
  init(_ plan: Plan, quietDevices: Set<String>, log: Log) {
    self.log = log
    narrator = Narrator(plan: plan)
    narrator.quietDevices = quietDevices
    isRealtime = plan.configuration.heartbeat.realtime
  }

  /// The plan whose numbers the reports use.
  var plan: Plan { narrator.plan }

  func group(_ index: GroupIndex) -> GroupAddresses { narrator.group(index) }

  /// From here on the reports use the numbers of this plan.
  /// - Parameter quietDevices: those of its devices that an address is not announced on.
  func turn(to plan: Plan, quietDevices: Set<String>) {
    narrator.plan = plan
    narrator.quietDevices = quietDevices
  }

  func note(_ report: Report, at now: Instant) {
    if case .transitioned(let group, _, let role, let cause, _) = report {
      history.note(
        self.group(group).tag, to: role, because: narrator.explanation(of: cause).words,
        isPlanned: !cause.isFailureOfAnother, at: now)
    }
    if let message = narrator.message(for: report, at: now) { log.write(message) }
  }

  func note(_ timeline: Timeline) {
    let former = timeline.from.map { narrator.name($0) }
    history.note(timeline, group(timeline.group), from: former)
    log.write(.tookOver(group(timeline.group), from: former, timeline))
  }

  func noteDropped(_ reason: DropReason, count: Int, source: UInt32, node: Tag) {
    if let message = narrator.message(for: reason, count: count, source: source, node: node) { log.write(message) }
  }

  /// - Parameter failure: nil where the link takes heartbeats again.
  func noteLink(_ place: Int, failure: Errno?) {
    linkFailures[place] = failure?.message
    log.write(failure.map { .sendFailed(on: device(place), "\($0)") } ?? .sendRecovered(on: device(place)))
  }

  func noteRealtimeRefused(_ errno: Errno) {
    isRealtime = false
    log.write(.realtimeRefused("\(errno)"))
  }

  /// The heartbeat thread does not wait for words; what it could not report is missing, aloud.
  /// - Parameter count: reports that found no room since the start.
  func noteLost(_ count: UInt64) {
    if count > lostReports { log.write(.reportsLost(count - lostReports)) }
    lostReports = count
  }

  private func device(_ link: Int) -> String {
    let links = plan.links
    return (links.indices.contains(link) ? links[link]?.device : nil) ?? "a heartbeat device"
  }
}
