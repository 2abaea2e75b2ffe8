/// When this node has said what, as far as it is needed to tell how old an echo is: the first heartbeat of each of the last
/// four quarters of a deadtime.
struct SentHeartbeats: BitwiseCopyable, Sendable {
  /// The newest first; 0 is none.
  var sequences = InlineArray<4, UInt64>(repeating: 0)
  var times = InlineArray<4, Instant>(repeating: .origin)

  /// A heartbeat is being said.
  mutating func note(_ sequence: UInt64, at now: Instant, deadtime: Interval) {
    guard sequences[0] == 0 || now - times[0] >= deadtime / Int64(times.count) else { return }
    for place in stride(from: times.count - 1, to: 0, by: -1) {
      sequences[place] = sequences[place - 1]
      times[place] = times[place - 1]
    }
    sequences[0] = sequence
    times[0] = now
  }

  /// When the heartbeat of this number was said at the earliest, as far as it is known.
  func earliest(of sequence: UInt64) -> Instant? {
    for place in times.indices where sequences[place] != 0 && sequence >= sequences[place] { return times[place] }
    return nil
  }
}
