import Linux
import Synchronization

/// Lines that wait to be taken, in a ring. Any thread puts, one takes; nobody holds the lock for longer than it takes to
/// move one line, so a taker that is stuck costs whoever speaks nothing but lines.
package final class LogQueue: Sendable {
  /// What comes next: so many lines that were dropped, then a line; the line is missing if none came after them.
  package struct Entry: Equatable, Sendable {
    package let droppedBefore: Int
    package let line: LogLine?
  }

  private struct State {
    // A ring: `count` entries from `first` on.
    var entries: [Entry?]
    var first = 0
    var count = 0
    var dropped = 0
    var droppedInAll: UInt64 = 0
    var isClosed = false
  }

  /// Readable when there may be something to take, or the queue was closed. Clear it before taking.
  package let wakeup: EventDescriptor

  private let state: Mutex<State>

  /// - Parameter capacity: lines; with the longest ones 1,024 are 2 MB.
  init(capacity: Int) throws(SystemError) {
    wakeup = try EventDescriptor()
    state = Mutex(State(entries: Array(repeating: nil, count: max(1, capacity))))
  }

  /// Whether ``close()`` was called.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// How many lines found no room since the start.
  var dropped: UInt64 { state.withLock { $0.droppedInAll } }

  /// Puts a line at the end, or drops and counts it if there is no room. After ``close()`` it goes nowhere.
  func put(_ line: LogLine) {
    let isNew = state.withLock { state in
      if state.isClosed { return false }
      guard state.count < state.entries.count else {
        state.dropped += 1
        state.droppedInAll += 1
        return false
      }
      let last = (state.first + state.count) % state.entries.count
      state.entries[last] = Entry(droppedBefore: state.dropped, line: line)
      state.count += 1
      state.dropped = 0
      return true
    }
    if isNew { wakeup.signal() }
  }

  /// Removes the oldest entry; nil when there is none.
  package func take() -> Entry? {
    state.withLock { state in
      guard state.count > 0 else {
        defer { state.dropped = 0 }
        return state.dropped > 0 ? Entry(droppedBefore: state.dropped, line: nil) : nil
      }
      defer {
        state.entries[state.first] = nil
        state.first = (state.first + 1) % state.entries.count
        state.count -= 1
      }
      return state.entries[state.first]
    }
  }

  /// Accepts no more lines from now on; those it has can still be taken.
  /// - Returns: false if it was closed before.
  func close() -> Bool {
    let wasOpen = state.withLock { state in
      defer { state.isClosed = true }
      return !state.isClosed
    }
    wakeup.signal()
    return wasOpen
  }
}
