import CLinux
import Glibc
import Linux
import Synchronization
import Testing

/// The tokens that one wait reports, in ascending order.
private func tokens(of poller: borrowing Poller, within milliseconds: Int32 = 0) -> [UInt32] {
  var found: [UInt32] = []
  poller.wait(timeoutMilliseconds: milliseconds) { found.append($0) }
  return found.sorted()
}

@Suite struct EventDescriptorTests {
  @Test func isReadableFromSignalToClear() throws {
    let event = try EventDescriptor()
    let poller = try Poller()
    try poller.watch(event.descriptor.raw, as: 7)
    #expect(tokens(of: poller) == [])
    event.signal()
    event.signal()
    #expect(tokens(of: poller) == [7])
    #expect(tokens(of: poller) == [7], "level-triggered")
    event.clear()
    #expect(tokens(of: poller) == [])
    event.clear()
    event.signal()
    #expect(tokens(of: poller) == [7])
  }

  @Test func neitherCallBlocksAtTheEndOfTheCounter() throws {
    let event = try EventDescriptor()
    var most = UInt64.max - 1
    #expect(write(event.descriptor.raw, &most, 8) == 8)
    event.signal()
    event.clear()
    event.clear()
  }

  @Test func wakesAnotherThread() throws {
    let event = try EventDescriptor()
    let poller = try Poller()
    try poller.watch(event.descriptor.raw, as: 1)
    let raw = event.descriptor.raw
    let thread = try Thread(name: "waker") {
      var one: UInt64 = 1
      _ = write(raw, &one, 8)
    }
    #expect(tokens(of: poller, within: 10_000) == [1])
    thread.join()
  }
}

@Suite struct TimerDescriptorTests {
  @Test func firesAtTheInstant() throws {
    let timer = try TimerDescriptor()
    let poller = try Poller()
    try poller.watch(timer.descriptor.raw, as: 1)
    let deadline = BootClock.now() + 20_000_000
    timer.arm(at: deadline)
    #expect(tokens(of: poller, within: 10_000) == [1])
    let late = BootClock.now() - deadline
    #expect(late >= 0, "\(-late) ns early")
    #expect(late < 2_000_000_000, "\(late) ns late")
  }

  @Test(arguments: [Int64.min, -1, 0, 1]) func oneInThePastFiresAtOnce(instant: Int64) throws {
    let timer = try TimerDescriptor()
    let poller = try Poller()
    try poller.watch(timer.descriptor.raw, as: 1)
    timer.arm(at: instant)
    #expect(tokens(of: poller, within: 10_000) == [1])
  }

  @Test func disarmedItStaysSilent() throws {
    let timer = try TimerDescriptor()
    let poller = try Poller()
    try poller.watch(timer.descriptor.raw, as: 1)
    timer.arm(at: BootClock.now() + 5_000_000)
    timer.arm(at: nil)
    #expect(tokens(of: poller, within: 50) == [])
  }

  @Test func armingForgetsTheLastExpiry() throws {
    let timer = try TimerDescriptor()
    let poller = try Poller()
    try poller.watch(timer.descriptor.raw, as: 1)
    timer.arm(at: 1)
    #expect(tokens(of: poller, within: 10_000) == [1])
    timer.arm(at: .max)
    #expect(tokens(of: poller) == [])
  }
}

@Suite struct SignalDescriptorTests {
  /// On threads of their own: a signal mask belongs to a thread, and the test's is not ours to change.
  @Test func readsSignalsInsteadOfDying() throws {
    let seen = Mutex<[Int32?]>([])
    let senders = Mutex<[SignalDescriptor.Sender?]>([])
    let thread = try Thread(name: "signals") {
      guard let signals = try? SignalDescriptor([SIGTERM, SIGUSR1]), let poller = try? Poller() else { return }
      try? poller.watch(signals.descriptor.raw, as: 1)
      let before = signals.next()
      pthread_kill(pthread_self(), SIGUSR1)
      let woken = tokens(of: poller, within: 10_000)
      let first = signals.next()
      raise(SIGTERM)
      let second = signals.next()
      let after = signals.next()
      seen.withLock { $0 = [before?.signal, woken == [1] ? 1 : 0, first?.signal, second?.signal, after?.signal] }
      senders.withLock { $0 = [first?.sender, second?.sender] }
    }
    thread.join()
    #expect(seen.withLock { $0 } == [nil, 1, SIGUSR1, SIGTERM, nil])
    let me = SignalDescriptor.Sender(process: getpid(), user: getuid())
    #expect(senders.withLock { $0 } == [me, me])
  }

  /// Whoever queues a signal writes himself who he is (rt_sigqueueinfo(2)).
  @Test func theSenderOfAQueuedSignalIsNotBelieved() throws {
    let seen = Mutex<SignalDescriptor.Delivery?>(nil)
    let thread = try Thread(name: "signals") {
      guard let signals = try? SignalDescriptor([SIGUSR1]) else { return }
      Self.queueToThisThread(SIGUSR1, from: .max)
      let delivery = signals.next()
      seen.withLock { $0 = delivery }
    }
    thread.join()
    let delivery = try #require(seen.withLock { $0 })
    #expect(delivery.signal == SIGUSR1)
    #expect(delivery.sender == nil)
  }

  /// The number of rt_tgsigqueueinfo(2), which Glibc's module does not show (`<asm/unistd.h>`).
  #if arch(x86_64)
    private static let queueCall = 297
  #else
    private static let queueCall = 240
  #endif

  /// - Parameter process: that the signal shall seem to come from.
  private static func queueToThisThread(_ signal: Int32, from process: UInt32) {
    typealias Call = @convention(c) (Int, Int, Int, Int, UnsafeRawPointer) -> Int
    guard let symbol = dlsym(nil, "syscall") else { return }
    let call = unsafeBitCast(symbol, to: Call.self)
    var words = [UInt32](repeating: 0, count: 32)
    // si_signo, si_errno, si_code (SI_QUEUE), padding, si_pid, si_uid.
    words.replaceSubrange(0..<6, with: [UInt32(signal), 0, UInt32(bitPattern: -1), 0, process, 0])
    _ = call(queueCall, Int(getpid()), Int(clinux_gettid()), Int(signal), words)
  }
}

@Suite struct PollerTests {
  @Test func reportsWhichDescriptorsAreReady() throws {
    let first = try EventDescriptor()
    let second = try EventDescriptor()
    let third = try EventDescriptor()
    let poller = try Poller()
    try poller.watch(first.descriptor.raw, as: 1)
    try poller.watch(second.descriptor.raw, as: .max)
    try poller.watch(third.descriptor.raw, as: 0)
    first.signal()
    second.signal()
    #expect(tokens(of: poller) == [1, .max])
    poller.forget(second.descriptor.raw)
    poller.forget(second.descriptor.raw)
    third.signal()
    #expect(tokens(of: poller) == [0, 1])
  }

  @Test func leavesTheRestForTheNextWait() throws {
    let poller = try Poller()
    let event = try EventDescriptor()
    event.signal()
    var copies: [Int32] = []
    defer { for copy in copies { close(copy) } }
    for token in 0..<UInt32(Poller.capacity + 4) {
      copies.append(dup(event.descriptor.raw))
      try poller.watch(copies[Int(token)], as: token)
    }
    let seen = tokens(of: poller) + tokens(of: poller)
    #expect(seen.count == 2 * Poller.capacity)
    #expect(Set(seen) == Set(0..<UInt32(Poller.capacity + 4)), "the kernel takes turns")
  }

  @Test func cannotWatchWhatIsClosed() throws {
    let poller = try Poller()
    #expect(throws: SystemError("epoll_ctl", Errno(rawValue: EBADF))) { try poller.watch(-1, as: 1) }
  }
}
