import Testing

@testable import Wire

struct AddressRangesTests {
  @Test func neighboursMakeOneRange() {
    #expect(AddressRanges([7, 3, 2, 9, 8, 3, 20]).ranges == [2...3, 7...9, 20...20])
    #expect(AddressRanges([]).ranges.isEmpty)
    #expect(AddressRanges([.max, .max - 1, 0]).ranges == [0...0, (.max - 1)...(.max)])
    #expect(AddressRanges([.max, .max]).ranges == [(.max)...(.max)])
  }

  @Test func whatIsCoarserHasTheSameAddressesAndMore() {
    let fine = AddressRanges([1, 3, 4, 10, 100])
    #expect(fine.coarsened(to: 5).ranges == fine.ranges)
    #expect(fine.coarsened(to: 3).ranges == [1...4, 10...10, 100...100])
    #expect(fine.coarsened(to: 2).ranges == [1...10, 100...100])
    #expect(fine.coarsened(to: 1).ranges == [1...100])
  }
}
