import Linux
import Synchronization

/// A bounded queue from one thread to one other thread that neither can hold the other up with: no lock, no
/// allocation after `init`, and no system call but the one that wakes a consumer that may be asleep.
///
/// Exactly one thread posts and exactly one thread takes; they may be the same one. The consumer waits for
/// ``wakeup`` to become readable and then, in this order,
///
/// 1. clears it: `mailbox.wakeup.clear()`,
/// 2. calls ``take()`` until it returns nil.
///
/// The other way round loses elements: one posted between the last `take` and the `clear` would wake nobody.
///
/// **Why no wake-up is lost.** `head` counts what was taken, `tail` what was posted. To post element n the producer
/// stores tail = n + 1 and then loads head; it signals if head = n, that is, if everything before n was taken. The
/// consumer that took element n - 1 stored head = n, and then loads tail before it may sleep. All four are
/// sequentially consistent, so they have one order, and in it either the consumer's load comes after the producer's
/// store, and the consumer sees element n, or it comes before, and then the consumer's store came earlier still, so
/// the producer sees head = n and signals. The signal survives because `clear` comes before `take`: a signal sent
/// before the `clear` is about an element that the `take` after it will see, one sent later stays readable.
/// (Releasing and acquiring alone would not do: each side could read the other's old value.)
package final class Mailbox<Element: BitwiseCopyable & Sendable>: Sendable {
  /// Readable when there may be something to take.
  package let wakeup: EventDescriptor

  // The counters never wrap: 2^64 elements at one a nanosecond take 584 years. Each is written by one side only and
  // has cache lines of its own, so that a busy consumer does not slow the producer down, nor the other way round.
  private let slots: UnsafeSlots
  private let beforeHead = CacheLine()
  private let head = Atomic<UInt64>(0)
  private let beforeTail = CacheLine()
  private let tail = Atomic<UInt64>(0)
  private let refusals = Atomic<UInt64>(0)
  private let afterTail = CacheLine()

  /// Makes an empty mailbox and touches its memory, so that no later call faults on it.
  /// - Parameter capacity: how many elements it holds; rounded up to a power of two.
  /// - Throws: EMFILE, ENFILE or ENOMEM from `eventfd(2)`.
  package init(capacity: Int) throws(SystemError) {
    wakeup = try EventDescriptor()
    slots = UnsafeSlots(capacity: capacity)
  }

  deinit { slots.memory.deallocate() }

  /// How many elements ``post(_:)`` refused since the start because the mailbox was full. For any thread.
  package var refused: UInt64 { refusals.load(ordering: .relaxed) }

  /// Puts an element at the end, and wakes the consumer if it may be asleep. Producer's thread only.
  /// - Returns: false when the mailbox is full; the element is not in it and ``refused`` has grown by one.
  package func post(_ element: Element) -> Bool {
    let position = tail.load(ordering: .relaxed)
    guard put(element) else { return false }
    if head.load(ordering: .sequentiallyConsistent) == position { wakeup.signal() }
    return true
  }

  /// Puts an element at the end and wakes nobody: `wakeup.signal()` is to follow, after what is more urgent.
  /// - Returns: what ``post(_:)`` does.
  package func put(_ element: Element) -> Bool {
    let position = tail.load(ordering: .relaxed)
    guard position &- head.load(ordering: .acquiring) < slots.capacity else {
      refusals.add(1, ordering: .relaxed)
      return false
    }
    slots.at(position).initialize(to: element)
    tail.store(position &+ 1, ordering: .sequentiallyConsistent)
    return true
  }

  /// Removes the oldest element; nil when there is none. Consumer's thread only.
  package func take() -> Element? {
    let position = head.load(ordering: .relaxed)
    guard tail.load(ordering: .sequentiallyConsistent) != position else { return nil }
    let element = slots.at(position).pointee
    head.store(position &+ 1, ordering: .sequentiallyConsistent)
    return element
  }

  /// The ring's memory. A slot belongs to the producer from `head + capacity` on and to the consumer below `tail`.
  private struct UnsafeSlots: @unchecked Sendable {
    let memory: UnsafeMutablePointer<Element>
    let capacity: UInt64

    init(capacity requested: Int) {
      var capacity = 1
      while capacity < requested { capacity <<= 1 }
      memory = .allocate(capacity: capacity)
      // Written, not only reserved: an untouched page is mapped by the fault of whoever first writes to it.
      UnsafeMutableRawPointer(memory).initializeMemory(
        as: UInt8.self, repeating: 0, count: capacity * MemoryLayout<Element>.stride)
      self.capacity = UInt64(capacity)
    }

    func at(_ position: UInt64) -> UnsafeMutablePointer<Element> {
      memory + Int(truncatingIfNeeded: position & (capacity &- 1))
    }
  }
}

/// As many bytes as a cache line is long on the machines there are, to keep two neighbours on different lines.
private struct CacheLine: Sendable {
  private let bytes = InlineArray<16, UInt64>(repeating: 0)
}
