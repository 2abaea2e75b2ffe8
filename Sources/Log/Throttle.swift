/// Keeps what others can repeat from filling the log: a token bucket for each topic, a topic being a kind of message
/// and the group, node or device of the configuration that it is about.
///
/// Nothing that comes from the network makes a topic of its own: neither a sender's address nor a session nor a
/// number of milliseconds in the text. So there are no more topics than the configuration has names. What is left
/// out is counted, and said with the next line of the topic; where none comes, the last line that was left out is
/// said as soon as the topic has been quiet for a while. A value: time is an argument, in nanoseconds of a clock that
/// does not go back.
struct Throttle: Sendable {
  private struct Topic: Hashable {
    let kind: MessageKind
    let about: String

    init(_ kind: MessageKind, about: String) {
      self.kind = kind
      self.about = about
    }

    init(_ message: Message) {
      let names = [message.fields[.group], message.fields[.peer], message.fields[.device]]
      self.init(message.kind, about: names.map { $0 ?? "" }.joined(separator: "\n"))
    }
  }

  private struct Bucket {
    // When it will be full again. A full bucket is like a new one, and that is when it may be forgotten.
    var fullAt = Int64.min
    var leftOut = 0
    var last: LogLine?
    // When the last line that was left out may be said after all.
    var quietAt = Int64.max
  }

  /// How many topics have a bucket of their own. What comes beyond shares one for each kind.
  private let capacity: Int
  private var buckets: [Topic: Bucket] = [:]
  /// When the first topic with lines left out will have been quiet for long enough; `Int64.max` when there is none.
  private(set) var nextOverdue = Int64.max
  /// How many lines were left out since the start.
  private(set) var leftOut: UInt64 = 0

  init(capacity: Int = 4_096) { self.capacity = capacity }

  /// Asks whether a line may be said now.
  /// - Returns: the line, with how many were left out before it; nil if it is left out itself.
  mutating func admit(_ line: LogLine, at now: Int64) -> LogLine? {
    guard let (burst, interval) = line.message.kind.entry.pace.limits else { return line }
    let topic = topic(of: line.message, at: now)
    var bucket = buckets[topic] ?? Bucket()
    defer { buckets[topic] = bucket }
    let fullAt = max(bucket.fullAt, now)
    if fullAt - now <= interval * (burst - 1) {
      let before = bucket.leftOut
      bucket = Bucket(fullAt: fullAt + interval)
      return line.after(leavingOut: before)
    }
    bucket.leftOut += 1
    bucket.last = line
    bucket.quietAt = now + interval
    nextOverdue = min(nextOverdue, bucket.quietAt)
    leftOut += 1
    return nil
  }

  private mutating func topic(of message: Message, at now: Int64) -> Topic {
    let topic = Topic(message)
    if buckets[topic] != nil { return topic }
    if buckets.count >= capacity { forgetFullBuckets(at: now) }
    return buckets.count < capacity ? topic : Topic(message.kind, about: "")
  }

  /// The last lines of the topics that have lines left out and have been quiet since, in the order of time.
  /// - Parameter isLast: whether it need not have become quiet, because nothing more will be said.
  mutating func overdue(at now: Int64, isLast: Bool = false) -> [LogLine] {
    guard isLast || now >= nextOverdue else { return [] }
    nextOverdue = .max
    var lines: [LogLine] = []
    for (topic, bucket) in buckets {
      guard let last = bucket.last, isLast || now >= bucket.quietAt else {
        nextOverdue = min(nextOverdue, bucket.quietAt)
        continue
      }
      lines.append(last.after(leavingOut: bucket.leftOut - 1))
      leftOut -= 1
      let interval = topic.kind.entry.pace.limits?.interval ?? 0
      buckets[topic] = Bucket(fullAt: max(bucket.fullAt, now) + interval)
    }
    return lines.sorted { $0.milliseconds < $1.milliseconds }
  }

  private mutating func forgetFullBuckets(at now: Int64) {
    buckets = buckets.filter { $0.value.fullAt > now || $0.value.leftOut > 0 }
  }
}

extension MessageKind.Pace {
  /// So many at once, and then one every so many nanoseconds; nil without a limit.
  fileprivate var limits: (burst: Int64, interval: Int64)? {
    switch self {
    case .always: nil
    case .steady: (20, 1_000_000_000)
    case .sparse: (3, 10_000_000_000)
    }
  }
}

extension LogLine {
  /// The same line, saying how many like it are missing before it.
  fileprivate func after(leavingOut count: Int) -> LogLine {
    guard count > 0 else { return self }
    let were = count == 1 ? "1 line like this was" : "\(count) lines like this were"
    let text = "\(message.text) (\(were) left out before)"
    return LogLine(
      Message(message.kind, text, message.fields + [.leftOut: "\(count)"]), at: milliseconds)
  }
}
