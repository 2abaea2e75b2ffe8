import Configuration
import Engine
import Linux
import Log
import Status
import Support
import TakeoverCore

/// What the heartbeat thread has told: put into words for the log, and remembered for the status.
///
/// The main thread's alone.
final class EventHistory {
  private let log: Log
  private let users: LocalUsers
  private(set) var formatter: MessageFormatter
  private(set) var history = History(started: .now)
  private(set) var isRealtime: Bool
  var isMemoryLocked = false
  /// What the kernel answers to heartbeats, by the link's place.
  private(set) var linkFailures: [Int: String] = [:]
  /// The address that heartbeats leave from, by the device's name; nil where it has none of its own.
  private(set) var sources: [String: IPv4Number?] = [:]
  /// The last heartbeat from a shared address, by the device's name.
  private var martians: [String: (text: String, at: Instant)] = [:]
  /// Who has asked for what is under way.
  private var requests = PendingRequests()
  /// Heartbeats in a node's name that were refused for their keys.
  private var refusals: [Tag: (text: String, at: Instant)] = [:]
  /// Reports that found no room so far, to say when there are more.
  private var lostReports: UInt64 = 0

  /// - Parameter generation: whose numbers the first reports use.
  init(_ generation: Generation, quietDevices: Set<String>, users: LocalUsers, log: Log) {
    self.log = log
    self.users = users
    formatter = MessageFormatter(generation: generation)
    formatter.quietDevices = quietDevices
    isRealtime = generation.configuration.heartbeat.realtime
  }

  /// The generation whose numbers the reports use.
  var generation: Generation { formatter.generation }

  func group(_ index: GroupIndex) -> GroupAddresses { formatter.group(index) }

  /// From here on the reports use the numbers of this generation.
  /// - Parameter quietDevices: those of its devices that an address is not announced on.
  func turn(to generation: Generation, quietDevices: Set<String>) {
    formatter.generation = generation
    formatter.quietDevices = quietDevices
    // A reload may have brought the right keys.
    refusals = [:]
  }

  /// - Parameter asker: whose request the report follows from at once; nil where nobody's.
  func note(_ report: Report, at now: Instant, askedBy asker: Operator? = nil) {
    if case .transitioned(let group, _, let role, let cause, _) = report {
      history.note(
        self.group(group).tag, to: role, because: formatter.explanation(of: cause).words, takeover: cause.takeover,
        at: now)
    }
    let asker = asker ?? requests.asker(of: report, generation)
    if case .accepted(let group, let request) = report { requests.note(asker, request, self.group(group).tag) }
    if let message = formatter.message(for: report, at: now) { log.write(message.asked(by: asker, users.name(of:))) }
  }

  func note(_ timeline: Timeline) {
    history.note(timeline, group(timeline.group), from: timeline.from.map { formatter.name($0) })
    log.write(formatter.message(for: timeline))
  }

  func noteDropped(_ reason: DropReason, count: Int, source: UInt32, node: Tag, at now: Instant) {
    // Anybody may put any name into what he signs with keys of his own.
    if let keys = reason.otherKeys, generation.nodeTags.contains(node) {
      let address = Message.octets(of: source)
      refusals[node] = ("heartbeats in its name, from \(address), are refused: they are signed with \(keys)", now)
    }
    if let message = formatter.message(for: reason, count: count, source: source, node: node) { log.write(message) }
  }

  /// - Parameter source: an IPv4 address in network byte order.
  func noteStranger(_ tag: Tag, from source: UInt32) { log.write(.unknownNode(tag, from: source)) }

  func noteNamesake(session: UInt64, from source: UInt32) {
    log.write(.namesake(of: formatter.name(generation.me), session: session, from: source))
  }

  /// Why heartbeats in a node's name are refused; nil where none are now. Its name proves nothing.
  func refusal(of node: Tag, at now: Instant) -> String? {
    refusals[node].flatMap { now - $0.at < Self.refusalMemory ? $0.text : nil }
  }

  /// The heartbeat thread tells of one every 10 s, and of a heartbeat once a minute at the longest.
  private static let refusalMemory = Interval.seconds(71)

  /// - Parameter place: nil where it is the answers to probes that are not heard.
  func noteDeafness(of place: Int?, _ failure: Errno) { log.write(.listenFailed(on: place.map(device), "\(failure)")) }

  /// - Parameter failure: nil where the link takes heartbeats again.
  func noteLink(_ place: Int, failure: Errno?) {
    linkFailures[place] = failure?.message
    log.write(failure.map { .sendFailed(on: device(place), "\($0)") } ?? .sendRecovered(on: device(place)))
  }

  /// - Parameter address: 0.0.0.0 where the link's device has none of its own.
  func noteSource(of link: Int, _ address: IPv4Number) {
    let device = device(link)
    let former = sources[device]
    sources[device] = .some(address == .any ? nil : address)
    guard !generation.configuration.heartbeat.unnumbered else { return }
    switch (former, address) {
    case (.some(.some), .any): log.write(.sourceLost(on: device))
    case (_, .any): log.write(.sourceMissing(on: device))
    case (.some(nil), let address): log.write(.sourceFound(address, on: device))
    default: return
    }
  }

  func noteMartian(
    on link: Int, of node: Tag, _ hardware: EthernetAddress, from source: IPv4Number, at now: Instant
  ) {
    guard let place = generation.nodeTags.firstIndex(of: node) else { return }
    let name = formatter.name(NodeIndex(place)), device = device(link)
    martians[device] = ("\(name) (\(hardware.text)) sends from \(source.text)", now)
    log.write(.sharedSource(of: name, hardware, source, on: device))
  }

  /// Who sends heartbeats from a shared address on a device; nil where nobody does now.
  func martian(on device: String, at now: Instant) -> String? {
    // The heartbeat thread looks once a second, or once a keepalive if that is longer.
    let memory = Interval(generation.configuration.heartbeat.keepalive) + .seconds(2)
    return martians[device].flatMap { now - $0.at < memory ? $0.text : nil }
  }

  func noteRealtimeRefused(_ errno: Errno) {
    isRealtime = false
    log.write(.realtimeRefused("\(errno)"))
  }

  /// The heartbeat thread does not wait for words; what it could not report is missing, aloud.
  /// - Parameter count: reports that found no room since the start.
  /// - Returns: whether there are more than before.
  func noteLost(_ count: UInt64) -> Bool {
    guard count > lostReports else { return false }
    log.write(.reportsLost(count - lostReports))
    lostReports = count
    return true
  }

  private func device(_ link: Int) -> String {
    let links = generation.links
    return (links.indices.contains(link) ? links[link]?.device : nil) ?? "a heartbeat device"
  }
}
