import Testing

@testable import TakeoverCore

/// Who does not mention a group any more may hold it under another name, unless somebody holds it under a newer claim.
@Suite struct AnotherNameTests {
  @Test func aNewerClaimOutdoesOneUnderAnotherName() {
    var backup = Situation(.standby)
    #expect(backup.hearOfferBesideAnotherName(term: 6) == "add 7, →claiming handOver, beat")
  }

  @Test func anOlderClaimDoesNot() {
    var backup = Situation(.standby)
    #expect(backup.hearOfferBesideAnotherName(term: 4) == "")
  }
}
