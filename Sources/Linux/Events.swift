import CLinux
import Glibc

/// A counter that another thread can wait for (`eventfd(2)`): how a mailbox says that it is not empty.
public struct EventDescriptor: ~Copyable, Sendable {
  /// Readable while the counter is not zero.
  public let descriptor: Descriptor

  /// Makes a counter at zero, non-blocking and closed on exec.
  public init() throws(SystemError) {
    descriptor = try Descriptor(eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC)), "eventfd")
  }

  /// Adds one. Never blocks: at the counter's maximum the reader is already awake.
  public func signal() {
    var one: UInt64 = 1
    _ = write(descriptor.raw, &one, 8)
  }

  /// Sets the counter to zero. Never blocks.
  public func clear() {
    var count: UInt64 = 0
    _ = read(descriptor.raw, &count, 8)
  }
}

/// A deadline to wait for (`timerfd_create(2)`), on ``BootClock``.
public struct TimerDescriptor: ~Copyable, Sendable {
  /// Readable once the deadline has passed.
  public let descriptor: Descriptor

  /// Makes a disarmed timer, non-blocking and closed on exec.
  public init() throws(SystemError) {
    descriptor = try Descriptor(
      timerfd_create(CLOCK_BOOTTIME, Int32(TFD_NONBLOCK | TFD_CLOEXEC)), "timerfd_create")
  }

  /// Arms the timer for an instant in nanoseconds of ``BootClock``, or disarms it with nil. One in the past fires
  /// at once. Arming also forgets an earlier expiry, so the descriptor need not be read.
  public func arm(at deadline: Int64?) {
    var setting = itimerspec()
    if let deadline {
      // Zero would disarm (timerfd_settime(2)); the first nanosecond since boot is as good a past as any.
      let nanoseconds = max(deadline, 1)
      setting.it_value.tv_sec = Int(nanoseconds / 1_000_000_000)
      setting.it_value.tv_nsec = Int(nanoseconds % 1_000_000_000)
    }
    timerfd_settime(descriptor.raw, Int32(TFD_TIMER_ABSTIME), &setting, nil)
  }
}

/// Signals as readable events instead of interruptions (`signalfd(2)`).
public struct SignalDescriptor: ~Copyable, Sendable {
  /// Readable while a blocked signal of the set is pending.
  public let descriptor: Descriptor

  /// Blocks the signals for the calling thread, and for the threads it starts from then on, and reads them instead.
  public init(_ signals: [Int32]) throws(SystemError) {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    descriptor = try Descriptor(signalfd(-1, &set, Int32(SFD_NONBLOCK | SFD_CLOEXEC)), "signalfd")
  }

  /// A signal that has come.
  public struct Delivery: Equatable, Sendable {
    /// Its number.
    public let signal: Int32
    /// Who sent it, as of then, by the kernel's own word. Nil where it was the kernel, such as for a key of the terminal, and
    /// where the signal was queued (sigqueue(3)): of that the sender writes himself who he is.
    public let sender: Sender?
  }

  /// The process that has sent a signal; its number is 0 where it is in a PID namespace that this process does not see.
  public struct Sender: Equatable, Sendable {
    /// `ssi_pid`.
    public let process: pid_t
    /// `ssi_uid`: its real user.
    public let user: uid_t

    /// Whoever the kernel has told of.
    public init(process: pid_t, user: uid_t) { (self.process, self.user) = (process, user) }
  }

  /// Codes of `kill(2)` and `tgkill(2)` (`<asm-generic/siginfo.h>`): with these no process but the receiver itself can have the
  /// kernel take another sender than the true one (rt_sigqueueinfo(2)).
  private static let byKill: Int32 = 0, byThreadKill: Int32 = -6

  /// The next pending signal, or nil. Never blocks.
  public func next() -> Delivery? {
    var info = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    guard read(descriptor.raw, &info, size) == size else { return nil }
    let isOfKernelsWord = [Self.byKill, Self.byThreadKill].contains(info.ssi_code)
    let sender = isOfKernelsWord ? Sender(process: pid_t(bitPattern: info.ssi_pid), user: info.ssi_uid) : nil
    return Delivery(signal: Int32(info.ssi_signo), sender: sender)
  }
}

/// Waits for several descriptors at once (`epoll(7)`), level-triggered. Each has a number of the caller's choice.
public struct Poller: ~Copyable, Sendable {
  private let descriptor: Descriptor

  /// How many ready descriptors one wait reports; the rest are reported by the next.
  public static let capacity = 16

  /// Makes an empty set.
  public init() throws(SystemError) {
    descriptor = try Descriptor(epoll_create1(Int32(EPOLL_CLOEXEC)), "epoll_create1")
  }

  /// What a descriptor is watched for. An error or the end of both directions is reported whatever is asked for.
  public struct Interest: OptionSet, Sendable {
    /// The bits, in an order of our own.
    public let rawValue: UInt8
    /// Takes bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Something can be read, or the other side has ended.
    public static let input = Interest(rawValue: 1)
    /// Something can be written.
    public static let output = Interest(rawValue: 2)
  }

  /// The set's own descriptor: readable while one of those in it is ready, so that sets can be nested.
  public var raw: Int32 { descriptor.raw }

  /// Watches a descriptor; `token` comes back from ``wait(timeoutMilliseconds:_:)``.
  public func watch(_ raw: Int32, for interest: Interest = .input, as token: UInt32) throws(SystemError) {
    try control(EPOLL_CTL_ADD, raw, interest, token)
  }

  /// Watches a descriptor that is watched already for something else.
  public func rewatch(_ raw: Int32, for interest: Interest, as token: UInt32) throws(SystemError) {
    try control(EPOLL_CTL_MOD, raw, interest, token)
  }

  private func control(
    _ operation: Int32, _ raw: Int32, _ interest: Interest, _ token: UInt32
  ) throws(SystemError) {
    var event = epoll_event()
    if interest.contains(.input) { event.events |= EPOLLIN.rawValue }
    if interest.contains(.output) { event.events |= EPOLLOUT.rawValue }
    event.data.u32 = token
    let set = descriptor.raw
    try retryOnInterrupt("epoll_ctl") { epoll_ctl(set, operation, raw, &event) }
  }

  /// Stops watching a descriptor; one that is not watched does no harm.
  public func forget(_ raw: Int32) {
    var event = epoll_event()
    epoll_ctl(descriptor.raw, EPOLL_CTL_DEL, raw, &event)
  }

  /// Waits until something is readable or the time is over, and calls `body` with the token of each. A signal ends
  /// the wait early, with nothing reported. Allocates nothing.
  /// - Parameter timeoutMilliseconds: -1 waits for ever.
  @inline(__always)
  public func wait(timeoutMilliseconds: Int32 = -1, _ body: (UInt32) -> Void) {
    wait(nanoseconds: timeoutMilliseconds < 0 ? -1 : Int64(timeoutMilliseconds) &* 1_000_000, body)
  }

  /// The same with a finer limit, so that no timer has to be armed for a deadline. The time counts while the machine is
  /// awake, and a thread that is not realtime is woken up to 50 µs later (`PR_SET_TIMERSLACK`, prctl(2)).
  /// - Parameter nanoseconds: negative waits for ever.
  @inline(__always)
  public func wait(nanoseconds: Int64, _ body: (UInt32) -> Void) {
    withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.capacity) { events in
      let count = clinux_epoll_wait(descriptor.raw, events.baseAddress, Int32(Self.capacity), nanoseconds)
      var index = 0
      while index < Int(count) {
        body(events[index].data.u32)
        index += 1
      }
    }
  }
}
