import Glibc
import Linux
import Synchronization
import Testing

@testable import Support

/// Sixteen bytes, so that an element half written by another thread would show.
private struct Pair: BitwiseCopyable, Sendable, Equatable {
  let first: UInt64
  let second: UInt64
  init(_ number: UInt64) {
    first = number
    second = ~number
  }
}

@Suite struct MailboxTests {
  @Test func keepsTheOrder() throws {
    let mailbox = try Mailbox<Int>(capacity: 8)
    #expect(mailbox.take() == nil)
    for number in 1...5 { #expect(mailbox.post(number)) }
    #expect((1...5).map { _ in mailbox.take() } == [1, 2, 3, 4, 5])
    #expect(mailbox.take() == nil)
  }

  @Test func refusesWhatDoesNotFitAndCountsIt() throws {
    let mailbox = try Mailbox<Int>(capacity: 3)
    for number in 1...4 { #expect(mailbox.post(number), "3 is rounded up to 4") }
    #expect(mailbox.refused == 0)
    #expect(!mailbox.post(5))
    #expect(!mailbox.post(6))
    #expect(mailbox.refused == 2)
    #expect(mailbox.take() == 1)
    #expect(mailbox.post(7))
    #expect([mailbox.take(), mailbox.take(), mailbox.take(), mailbox.take()] == [2, 3, 4, 7])
    #expect(mailbox.take() == nil)
    #expect(mailbox.refused == 2)
  }

  @Test(arguments: [1, 2, 4, 64]) func wrapsAround(capacity: Int) throws {
    let mailbox = try Mailbox<Pair>(capacity: capacity)
    var posted: UInt64 = 0
    var taken: UInt64 = 0
    for round in 0..<500 {
      for _ in 0...(round % capacity) where mailbox.post(Pair(posted)) { posted += 1 }
      for _ in 0...((round * 7) % capacity) {
        guard let pair = mailbox.take() else { break }
        #expect(pair == Pair(taken))
        taken += 1
      }
    }
    while let pair = mailbox.take() {
      #expect(pair == Pair(taken))
      taken += 1
    }
    #expect(taken == posted)
    #expect(taken >= 500)
  }

  @Test func signalsOnlyWhenTheConsumerMayBeAsleep() throws {
    let mailbox = try Mailbox<Int>(capacity: 8)
    #expect(!isReadable(mailbox))
    #expect(mailbox.post(1))
    #expect(isReadable(mailbox))
    mailbox.wakeup.clear()
    #expect(mailbox.post(2))
    #expect(!isReadable(mailbox), "the consumer has not yet seen nil: it is awake")
    while mailbox.take() != nil {}
    #expect(mailbox.post(3))
    #expect(isReadable(mailbox))
  }

  /// With a pause the ring is empty most of the time: post and the take that returns nil meet again and again.
  @Test(arguments: [(capacity: 2, pause: 0), (64, 0), (1024, 0), (1024, 15)])
  func carriesAMillionBetweenTwoThreads(capacity: Int, pause: UInt64) throws {
    let mailbox = try Mailbox<Pair>(capacity: capacity)
    let count: UInt64 = capacity == 2 ? 200_000 : 1_000_000
    let stop = Atomic(false)
    let fullCount = Atomic<UInt64>(0)
    try withThread("producer") {
      var number: UInt64 = 0
      while number < count && !stop.load(ordering: .relaxed) {
        if mailbox.post(Pair(number)) {
          number += 1
          for _ in 0..<(number &* 2_654_435_761 >> 24) & pause { _ = stop.load(ordering: .relaxed) }
        } else {
          fullCount.add(1, ordering: .relaxed)
          sched_yield()
        }
      }
    } while: {
      var expected: UInt64 = 0
      var wrong = 0
      let missed = try waitFor(mailbox) { pair in
        if pair != Pair(expected) { wrong += 1 }
        expected += 1
        return expected == count
      }
      stop.store(true, ordering: .relaxed)
      #expect(!missed, "no wake-up for 10 s after element \(expected) of \(count)")
      #expect(wrong == 0)
      #expect(expected == count)
    }
    #expect(mailbox.take() == nil)
    #expect(mailbox.refused == fullCount.load(ordering: .relaxed))
  }

  /// Each side sleeps before every element, which is when a wake-up can get lost.
  @Test func wakesASleeperEveryTime() throws {
    let there = try Mailbox<UInt64>(capacity: 4)
    let back = try Mailbox<UInt64>(capacity: 4)
    let rounds: UInt64 = 100_000
    try withThread("echo") {
      _ = try? waitFor(there) { number in
        _ = back.post(number)
        return number == rounds
      }
    } while: {
      #expect(there.post(1))
      var last: UInt64 = 0
      let missed = try waitFor(back) { number in
        last = number
        if number < rounds { _ = there.post(number + 1) }
        return number == rounds
      }
      #expect(!missed, "no wake-up for 10 s after round \(last)")
      #expect(last == rounds)
    }
  }
}

/// Takes elements the documented way until `body` says that it has them all.
/// - Returns: true if ten seconds passed without a wake-up.
private func waitFor<Element>(_ mailbox: Mailbox<Element>, _ body: (Element) -> Bool) throws(SystemError) -> Bool {
  let poller = try Poller()
  try poller.watch(mailbox.wakeup.descriptor.raw, as: 1)
  while true {
    var woken = false
    poller.wait(timeoutMilliseconds: 10_000) { _ in woken = true }
    if !woken { return true }
    mailbox.wakeup.clear()
    while let element = mailbox.take() {
      if body(element) { return false }
    }
  }
}

/// Runs `body` here while `other` runs on a thread of its own, and waits for both.
private func withThread(_ name: String, _ other: @escaping @Sendable () -> Void, while body: () throws -> Void) throws {
  let thread = try Thread(name: name, other)
  defer { thread.join() }
  try body()
}

private func isReadable<Element>(_ mailbox: Mailbox<Element>) -> Bool {
  var wanted = pollfd(fd: mailbox.wakeup.descriptor.raw, events: Int16(POLLIN), revents: 0)
  return poll(&wanted, 1, 0) == 1
}
