import Testing

@testable import TakeoverCore

/// Who lets go in a conflict may have told the clients where it was: the owner tells them again, once for each claim that yielded.
@Suite struct YieldTests {
  @Test func everyYieldIsAnsweredOnce() {
    var owner = Situation(.owner)
    #expect(owner.hearStandby("loadb3", flags: [.eligible, .yielded], term: 6) == "announce 6")
    #expect(owner.hearStandby("loadb3", flags: [.eligible, .yielded], term: 6) == "")
    // Of loadb1 a newer claim is known, which loadb3 has not heard of: its own next one is no newer.
    #expect(owner.hearStandby("loadb1", term: 7) == "announce 6")
    #expect(owner.hearStandby("loadb3", flags: [.eligible, .yielded], term: 7) == "announce 6")
    #expect(owner.hearStandby("loadb3", flags: [.eligible, .yielded], term: 7) == "")
  }
}
