/// Something that will happen to a host.
struct Occurrence: BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    /// A datagram reaches the host: `value` is its place in the pool.
    case heartbeat
    /// An ARP probe from `other` reaches the host's kernel; with it the group, `value` is its number.
    case probe
    /// An ICMP echo request from `other` reaches the host's kernel.
    case echoRequest
    /// An ARP packet of the Ethernet address `value` with an address of the group reaches the host.
    case answered
    /// An echo reply from the Ethernet address `value` reaches the host.
    case echoed
    /// The kernel is done with operation `value` of the address thread.
    case operationDone
    /// The address thread may go on.
    case threadFree
    /// Of a group with many addresses the first are announced, while operation `value` adds the last.
    case announcementAhead
    /// The next round of announcements, of campaign `value`.
    case announcement
    /// The kernel looks whether lease `value` of the group has ended.
    case leaseEnd
    /// The kernel's word that an address is gone, or that a device has changed, for the address thread to read.
    case addressGone, linkChanged
    /// From the address thread to the heartbeat thread; `other` is 1 where it speaks of the group's other name.
    case leased, added, failed, removed, lost, announced, found, hardware, linkUp, linkDown, hearing, deaf, surveyed
    /// From the operator.
    case stop, restart, standby, available, reload, takeover, failBack
    /// The heartbeat thread, run again, empties its mailboxes.
    case mailbox
    /// The supervisor starts an agent.
    case start
    /// A fault of the schedule, `value` is its place.
    case faultBegins, faultEnds
    /// A stranger announces the group, as long as he uses it.
    case strangerSpeaks
    /// A third party plays the next word of its recordings, for fault `value` of those that have begun.
    case recordingSpeaks

    /// Whether it comes from the operator.
    var isCommand: Bool {
      switch self {
      case .stop, .restart, .standby, .available, .reload, .takeover, .failBack: true
      default: false
      }
    }
  }

  var kind: Kind
  var host: UInt8
  var other: UInt8 = 0
  var group: UInt8 = 0
  /// Which life of the host's agent it belongs to; what a former life has begun is nobody's any more.
  var life: UInt32 = 0
  var value: UInt64 = 0
}

/// What is to come: a binary heap by time; at equal times sockets before notices, and else in the order of asking.
struct Agenda {
  struct Entry: BitwiseCopyable {
    var at: Int64
    var order: UInt64
    var what: Occurrence
  }

  private(set) var entries: [Entry] = []
  private var asked: UInt64 = 0

  init() { entries.reserveCapacity(1024) }

  /// When the next thing happens; `.max` for nothing.
  @inline(__always) var next: Int64 { entries.isEmpty ? .max : entries[0].at }

  /// - Parameter isLate: behind everything else of that instant: a thread reads its sockets before its mailboxes.
  mutating func add(_ what: Occurrence, at time: Int64, isLate: Bool = false) {
    asked &+= 1
    let entry = Entry(at: time, order: asked | (isLate ? 1 << 63 : 0), what: what)
    entries.append(entry)
    entries.withUnsafeMutableBufferPointer { heap in
      var place = heap.count - 1
      while place > 0 {
        let parent = (place - 1) / 2
        guard Self.isBefore(entry, heap[parent]) else { break }
        heap[place] = heap[parent]
        place = parent
      }
      heap[place] = entry
    }
  }

  mutating func removeFirst() -> Occurrence {
    let first = entries[0].what
    let last = entries.removeLast()
    guard !entries.isEmpty else { return first }
    entries.withUnsafeMutableBufferPointer { heap in
      var place = 0
      let count = heap.count
      while true {
        var child = 2 * place + 1
        guard child < count else { break }
        if child + 1 < count, Self.isBefore(heap[child + 1], heap[child]) { child += 1 }
        guard Self.isBefore(heap[child], last) else { break }
        heap[place] = heap[child]
        place = child
      }
      heap[place] = last
    }
    return first
  }

  @inline(__always) private static func isBefore(_ left: Entry, _ right: Entry) -> Bool {
    left.at != right.at ? left.at < right.at : left.order < right.order
  }
}
