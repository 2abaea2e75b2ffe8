/// Which requests were sent and which were answered: a ring of a fixed size, so that a pinger can run for days.
///
/// A value without a clock: times are arguments, in nanoseconds of `BootClock`.
struct PingLog {
  /// How long after sending an answer still counts: nanoseconds.
  static let patience: Int64 = 1_000_000_000

  private struct Request {
    var sent: Int64
    var answered: Int64 = 0
  }

  private var ring: [Request]
  /// How many requests were ever sent, which is the number of the next one.
  private(set) var count = 0
  /// The highest number that was answered.
  private(set) var newestAnswered = -1

  /// Nobody listens for answers any more.
  private var isClosed = false

  init(capacity: Int) {
    ring = Array(repeating: Request(sent: 0), count: max(capacity, 1))
  }

  /// Notes a request; its number was ``count`` before.
  mutating func send(at time: Int64) {
    ring[count % ring.count] = Request(sent: time)
    count += 1
  }

  /// Notes an answer. One that nobody asked for, comes twice or is too old to remember changes nothing.
  mutating func answer(_ number: Int, at time: Int64) {
    guard remembers(number), ring[number % ring.count].answered == 0 else { return }
    ring[number % ring.count].answered = max(time, 1)
    newestAnswered = max(newestAnswered, number)
  }

  /// Counts what is unanswered as lost, however young it is.
  mutating func close() {
    isClosed = true
  }

  /// Whether it is known by now what became of every request from `first` on that was sent before number `end`.
  func isSettled(from first: Int, to end: Int, at now: Int64) -> Bool {
    if isClosed { return true }
    // From the newest on: the first one that had its time vouches for all before it.
    for number in stride(from: end - 1, through: first, by: -1) where remembers(number) {
      let request = ring[number % ring.count]
      if now - request.sent >= Self.patience { return true }
      if request.answered == 0 { return false }
    }
    return true
  }

  /// What became of the requests with the numbers `first..<end`, as far as the ring reaches back.
  func report(from first: Int, to end: Int, at now: Int64) -> PingReport {
    var report = PingReport()
    var isDown = false
    for number in max(first, count - ring.count, 0)..<max(first, min(end, count)) {
      let request = ring[number % ring.count]
      let isAnswered = request.answered != 0 && request.answered - request.sent < Self.patience
      if request.answered == 0, !isClosed, now - request.sent < Self.patience { continue }
      report.sent += 1
      if isAnswered {
        report.slowest = max(report.slowest, .nanoseconds(request.answered - request.sent))
        if isDown {
          report.outages[report.outages.count - 1].end = request.sent
          report.outages[report.outages.count - 1].answered = request.answered
        }
      } else {
        report.lost += 1
        if !isDown { report.outages.append(PingReport.Outage(start: request.sent, lost: 0)) }
        report.outages[report.outages.count - 1].lost += 1
      }
      isDown = !isAnswered
    }
    return report
  }

  private func remembers(_ number: Int) -> Bool {
    number >= max(0, count - ring.count) && number < count
  }
}
