import Synchronization
import TakeoverCore

/// How each node's heartbeats arrive on one link: the gaps between them as a histogram, the late ones, the lost ones.
///
/// They count for as long as the agent runs. The longest gap is known of the last while, too: what deadtime should be is a
/// question to the network as it is, not to the worst that it ever did.
///
/// The heartbeat thread alone writes, without allocating; any thread reads. A number that is read while it changes is the
/// one before or the one after.
package final class Arrivals: @unchecked Sendable {
  /// What one node's heartbeats did on the link.
  package struct Summary: Sendable {
    package var heard: UInt64
    /// Gaps that this share of all gaps do not exceed, to an eighth; and the longest, exactly.
    package var median: Interval
    package var p99: Interval
    package var p999: Interval
    package var longest: Interval
    /// The longest of the last while, and since when that counts; nil where nothing came in it.
    package var recent: (longest: Interval, since: Instant)?
    package var late: UInt64
    package var lost: UInt64
  }

  private let logs: UnsafeMutableBufferPointer<ArrivalLog>

  package init() {
    logs = .allocate(capacity: Cluster.maximumNodes)
    for place in logs.indices { logs.initializeElement(at: place, to: ArrivalLog()) }
  }

  deinit {
    logs.deinitialize()
    logs.deallocate()
  }

  /// Notes a heartbeat that the link has brought. The heartbeat thread's alone.
  /// - Parameter warntime: a gap of this or more is late.
  package func note(_ heartbeat: Heartbeat, at now: Instant, warntime: Interval) {
    logs[place(of: heartbeat.node, at: now)].note(heartbeat, at: now, warntime: warntime)
  }

  /// What a node's heartbeats did; nil where none was heard.
  package func summary(of node: Tag, at now: Instant) -> Summary? {
    logs.indices.first { logs[$0].belongs(to: node) }.map { logs[$0].summary(at: now) }
  }

  /// The node's own log, or a free one, or that of whoever was heard longest ago: a reload may have removed it.
  private func place(of node: Tag, at now: Instant) -> Int {
    var oldest = 0
    for place in logs.indices {
      if logs[place].belongs(to: node) { return place }
      if logs[place].lastHeard < logs[oldest].lastHeard { oldest = place }
    }
    logs[oldest].begin(with: node, at: now)
    return oldest
  }
}

/// The heartbeats of one node on one link.
private struct ArrivalLog: ~Copyable {
  /// Eight buckets an octave, from 1 µs to over an hour.
  private static let bucketCount = 8 * 33

  private let node = Atomic<UInt32>(0)
  private let heard = Atomic<UInt64>(0), late = Atomic<UInt64>(0), lost = Atomic<UInt64>(0)
  private let longest = Atomic<Int64>(0)
  private let recent = RecentLongest()
  private let buckets: UnsafeMutableBufferPointer<Atomic<UInt32>>
  // Only the writer looks at these.
  private var session: UInt64 = 0
  private var sequence: UInt64 = 0
  private(set) var lastHeard = Instant.origin

  init() {
    buckets = .allocate(capacity: Self.bucketCount)
    for place in buckets.indices { buckets.initializeElement(at: place, to: Atomic(0)) }
  }

  deinit {
    buckets.deinitialize()
    buckets.deallocate()
  }

  func belongs(to tag: Tag) -> Bool { node.load(ordering: .acquiring) == tag.rawValue }

  mutating func begin(with tag: Tag, at now: Instant) {
    node.store(0, ordering: .releasing)
    heard.store(0, ordering: .relaxed)
    late.store(0, ordering: .relaxed)
    lost.store(0, ordering: .relaxed)
    longest.store(0, ordering: .relaxed)
    for place in buckets.indices { buckets[place].store(0, ordering: .relaxed) }
    recent.begin(at: now)
    session = 0
    node.store(tag.rawValue, ordering: .releasing)
  }

  mutating func note(_ heartbeat: Heartbeat, at now: Instant, warntime: Interval) {
    if heartbeat.session == session {
      // A copy, or one that was overtaken: it was counted as lost, and a gap is over with the one that overtook it.
      guard heartbeat.sequence > sequence else { return }
      let gap = now - lastHeard
      lost.wrappingAdd(heartbeat.sequence &- sequence &- 1, ordering: .relaxed)
      if gap >= warntime { late.add(1, ordering: .relaxed) }
      // After its deadtime the peer was dead, or cut off: that is an outage, which says nothing about how heartbeats arrive.
      if gap < heartbeat.deadtime {
        count(gap)
        recent.note(gap, at: now)
      }
    }
    session = heartbeat.session
    sequence = heartbeat.sequence
    lastHeard = now
    heard.add(1, ordering: .relaxed)
  }

  private func count(_ gap: Interval) {
    buckets[Self.bucket(of: gap)].add(1, ordering: .relaxed)
    if gap.nanoseconds > longest.load(ordering: .relaxed) { longest.store(gap.nanoseconds, ordering: .relaxed) }
  }

  func summary(at now: Instant) -> Arrivals.Summary {
    let counts = buckets.indices.map { UInt64(buckets[$0].load(ordering: .relaxed)) }
    let longest = Interval(nanoseconds: self.longest.load(ordering: .relaxed))
    return Arrivals.Summary(
      heard: heard.load(ordering: .relaxed), median: Self.quantile(500, of: counts, longest),
      p99: Self.quantile(990, of: counts, longest), p999: Self.quantile(999, of: counts, longest), longest: longest,
      recent: recent.value(at: now), late: late.load(ordering: .relaxed), lost: lost.load(ordering: .relaxed))
  }

  /// The upper end of the bucket in which a quantile lies, but never more than the longest.
  private static func quantile(_ permille: UInt64, of counts: [UInt64], _ longest: Interval) -> Interval {
    let total = counts.reduce(0, +)
    var rest = (total * permille + 999) / 1000
    for (bucket, count) in counts.enumerated() where total > 0 {
      if count >= rest { return min(upperEnd(of: bucket), longest) }
      rest -= count
    }
    return .zero
  }

  /// Bucket 8 × octave + eighth, of microseconds; below 8 µs an octave is not divided.
  private static func bucket(of gap: Interval) -> Int {
    let microseconds = UInt64(max(1, gap.nanoseconds / 1_000))
    let octave = 63 - microseconds.leadingZeroBitCount
    let eighth = octave >= 3 ? Int(microseconds >> UInt64(octave - 3)) & 7 : 0
    return min(8 * octave + eighth, bucketCount - 1)
  }

  private static func upperEnd(of bucket: Int) -> Interval {
    let (octave, eighth) = (bucket / 8, bucket % 8)
    let base = Int64(1) << Int64(octave)
    return .microseconds(octave >= 3 ? base + (base >> 3) * Int64(eighth + 1) : base * 2)
  }
}
