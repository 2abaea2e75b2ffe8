import TakeoverCore

/// Heartbeats under way. Each was put into bytes and read from them once, however many hosts will hear it.
struct DatagramPool: ~Copyable {
  /// What the checker wants to know of a heartbeat without reading it again and again.
  struct Envelope: BitwiseCopyable {
    var sender: UInt8 = 0
    var isReplayed = false
    /// Said again and again.
    var isRepeated = false
    /// Said by somebody who has the key.
    var isForged = false
    var isRestarting = false
    var isGoodbye = false
    /// A bit a group of the world: the sender says that it holds it, in whatever way.
    var holding: UInt32 = 0
    /// And that it will keep it, if it can.
    var keeping: UInt32 = 0
    /// A bit a group of the world: the sender calls it otherwise.
    var renamed: UInt32 = 0
    var session: UInt64 = 0
    var sequence: UInt64 = 0
    var deadtime = Interval.zero
    /// How many arrivals are still to come.
    var uses = 0

    init() {}

    init(of heartbeat: borrowing Heartbeat) {
      session = heartbeat.session
      sequence = heartbeat.sequence
      deadtime = heartbeat.deadtime
      isRestarting = heartbeat.flags.contains(.restarting)
      isGoodbye = heartbeat.flags.contains(.goodbye)
    }
  }

  private(set) var heartbeats: UnsafeMutablePointer<Heartbeat>
  private(set) var envelopes: UnsafeMutablePointer<Envelope>
  private var free: [Int] = []
  private var capacity: Int
  private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: HeartbeatCodec.maximumLength, alignment: 16)

  init(capacity: Int = 256) {
    self.capacity = capacity
    heartbeats = .allocate(capacity: capacity)
    envelopes = .allocate(capacity: capacity)
    free = Array((0..<capacity).reversed())
  }

  deinit {
    heartbeats.deallocate()
    envelopes.deallocate()
    bytes.deallocate()
  }

  /// Room for one more; it is grown rarely and never shrinks.
  mutating func take() -> Int {
    if let place = free.popLast() { return place }
    let grown = UnsafeMutablePointer<Heartbeat>.allocate(capacity: capacity * 2)
    grown.update(from: heartbeats, count: capacity)
    heartbeats.deallocate()
    heartbeats = grown
    let envelopes = UnsafeMutablePointer<Envelope>.allocate(capacity: capacity * 2)
    envelopes.update(from: self.envelopes, count: capacity)
    self.envelopes.deallocate()
    self.envelopes = envelopes
    free = Array((capacity + 1..<capacity * 2).reversed())
    capacity *= 2
    return capacity / 2
  }

  /// Puts a heartbeat into bytes and reads them again, as the network has it. The core does not sign: the HMAC is
  /// whatever stands there.
  mutating func transmit(_ heartbeat: borrowing Heartbeat) -> Int? {
    let length = HeartbeatCodec.emit(heartbeat, keyID: 1, into: bytes) + HeartbeatCodec.authenticationLength
    let place = take()
    do throws(DropReason) {
      let read = try HeartbeatCodec.parse(UnsafeRawBufferPointer(rebasing: bytes[..<length]))
      (heartbeats + place).initialize(to: read)
      (envelopes + place).initialize(to: Envelope())
      return place
    } catch {
      free.append(place)
      return nil
    }
  }

  /// One arrival less to come.
  @inline(__always) mutating func release(_ place: Int) {
    envelopes[place].uses -= 1
    if envelopes[place].uses <= 0 { free.append(place) }
  }
}
