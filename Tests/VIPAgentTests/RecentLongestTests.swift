import TakeoverCore
import Testing

@testable import Engine

/// The longest gap of the last while is forgotten with time, and not before.
struct RecentLongestTests {
  private static let start = Instant(nanoseconds: 7_000_000_000)

  /// Notes 10 ms every minute, and 250 ms once.
  private func longest(after minutes: Int64) -> (longest: Interval, since: Instant)? {
    let recent = RecentLongest()
    recent.begin(at: Self.start)
    recent.note(.milliseconds(250), at: Self.start + .seconds(1))
    for minute in 0...minutes { recent.note(.milliseconds(10), at: Self.start + .seconds(60 * minute + 2)) }
    return recent.value(at: Self.start + .seconds(60 * minutes + 3))
  }

  @Test(arguments: [(0, 250), (29, 250), (31, 250), (59, 250), (61, 10), (300, 10)] as [(Int64, Int64)])
  func aStallIsForgottenAfterAnHour(_ minutes: Int64, _ milliseconds: Int64) throws {
    #expect(try #require(longest(after: minutes)).longest == .milliseconds(milliseconds))
  }

  /// What is said to be the last half to whole hour is that.
  @Test(arguments: [45, 61, 89, 91, 200] as [Int64]) func theWhileIsHalfAnHourToAnHour(_ minutes: Int64) throws {
    let length = Self.start + .seconds(60 * minutes + 3) - (try #require(longest(after: minutes)).since)
    #expect(length >= .seconds(1_800) && length <= .seconds(3_700), "\(length)")
  }

  /// A link that is silent says nothing about deadtime any more.
  @Test func whatIsSilentSaysNothing() {
    let recent = RecentLongest()
    #expect(recent.value(at: Self.start) == nil)
    recent.begin(at: Self.start)
    recent.note(.milliseconds(10), at: Self.start)
    #expect(recent.value(at: Self.start + .seconds(3_599)) != nil)
    #expect(recent.value(at: Self.start + .seconds(3_600)) == nil)
    recent.note(.milliseconds(20), at: Self.start + .seconds(9_000))
    #expect(recent.value(at: Self.start + .seconds(9_001))?.longest == .milliseconds(20))
  }
}
