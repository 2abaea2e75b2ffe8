import Testing

@testable import TakeoverCore

@Suite struct TagTests {
  /// The FNV authors' own vectors (Noll, test_fnv.c, 32 bits, FNV-1a) and the names of the example configuration.
  @Test(arguments: [
    ("", 0x811c_9dc5), ("a", 0xe40c_292c), ("b", 0xe70c_2de5), ("fo", 0x6222_e842), ("foobar", 0xbf9c_f968),
    ("chongo was here!\n", 0xd499_30d5), ("loadb", 0xa891_f5d1), ("loadb1", 0x3dc6_0fa0), ("loadb2", 0x40c6_1459),
    ("director", 0xfc03_8921),
  ])
  func isFNV1a(name: String, hash: UInt32) {
    #expect(Tag(of: name).rawValue == hash)
  }

  /// Found by search: the FNV-1a of this name is 0, which on the wire would mean nobody.
  @Test func isNeverNone() {
    #expect(Tag(of: "ytqd7caj") == Tag(rawValue: 1))
  }

  @Test func orderIsTheNumbers() {
    #expect(Tag(rawValue: 1) < Tag(rawValue: 0x8000_0000))
  }
}
