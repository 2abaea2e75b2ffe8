import Testing

@testable import VIPAgent

@Suite struct RateLimiterTests {
  private let second: Int64 = 1_000_000_000

  @Test func admitsABurstAndThenOneEveryInterval() {
    var limiter = RateLimiter<String>(burst: 3, interval: second, capacity: 8)
    var admitted: [Int64] = []
    for tenth in 0..<100 where limiter.admit("loadb2", at: Int64(tenth) * second / 10).admitted {
      admitted.append(Int64(tenth))
    }
    #expect(admitted == [0, 1, 2, 10, 20, 30, 40, 50, 60, 70, 80, 90])
  }

  @Test func saysHowManyItSuppressed() {
    var limiter = RateLimiter<String>(burst: 1, interval: second, capacity: 8)
    #expect(limiter.admit("loadb2", at: 0) == (true, 0))
    for millisecond in 1...37 { #expect(limiter.admit("loadb2", at: Int64(millisecond) * 1_000_000) == (false, 0)) }
    #expect(limiter.admit("loadb2", at: second - 1) == (false, 0))
    #expect(limiter.admit("loadb2", at: second) == (true, 38))
    #expect(limiter.admit("loadb2", at: 2 * second) == (true, 0))
  }

  @Test func silenceEarnsABurstAndNoMore() {
    var limiter = RateLimiter<String>(burst: 2, interval: second, capacity: 8)
    for _ in 0..<5 { _ = limiter.admit("loadb2", at: 0) }
    let later = 1_000 * second
    #expect((0..<5).map { _ in limiter.admit("loadb2", at: later).admitted } == [true, true, false, false, false])
  }

  @Test func keysDoNotHinderEachOther() {
    var limiter = RateLimiter<String>(burst: 1, interval: second, capacity: 8)
    #expect(limiter.admit("one", at: 0).admitted)
    #expect(!limiter.admit("one", at: 1).admitted)
    #expect(limiter.admit("two", at: 1).admitted)
  }

  @Test func madeUpKeysShareOneBucket() {
    var limiter = RateLimiter<Int>(burst: 2, interval: second, capacity: 4)
    let admitted = (0..<10_000).filter { limiter.admit($0, at: Int64($0)).admitted }
    #expect(admitted == [0, 1, 2, 3, 4, 5], "four with buckets of their own, and a burst of two for all the rest")
    for key in 0..<4 { #expect(limiter.admit(key, at: 10_000).admitted, "who has a bucket keeps it") }
    #expect(limiter.admit(77_777, at: second + 4) == (true, 9_994))
  }

  @Test func keysThatFellSilentMakeRoom() {
    var limiter = RateLimiter<Int>(burst: 1, interval: second, capacity: 4)
    for key in 0..<4 { #expect(limiter.admit(key, at: 0).admitted) }
    #expect(limiter.admit(4, at: 1).admitted, "the shared one")
    #expect(!limiter.admit(5, at: 2).admitted)
    for key in 10..<14 { #expect(limiter.admit(key, at: 2 * second).admitted) }
    for key in 10..<14 { #expect(!limiter.admit(key, at: 2 * second + 1).admitted) }
  }

  @Test(arguments: [0, -1, Int.min]) func senselessNumbersAreTheLeastThatMakeSense(number: Int) {
    var limiter = RateLimiter<Int>(burst: number, interval: Int64(number), capacity: number)
    #expect(limiter.admit(1, at: 0).admitted)
    #expect(!limiter.admit(1, at: 0).admitted)
    #expect(limiter.admit(1, at: 1).admitted)
  }
}
