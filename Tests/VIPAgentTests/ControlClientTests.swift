import CLinux
import Glibc
import Linux
import Testing

@testable import Control
@testable import Support

@Suite struct ControlClientTests {
  /// 4,097 bytes and a line feed are too long, whether the line feed comes with the rest or behind it.
  @Test(arguments: [1, 4_095, 4_096, 4_097]) func aLineIsTooLongHoweverItIsCut(_ cut: Int) throws {
    var pair: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    try #require(socketpair(AF_UNIX, kind, 0, &pair) == 0)
    let end = try Descriptor(pair[1], "socketpair")
    let client = ControlClient(
      try Descriptor(pair[0], "socketpair"), peer: PeerCredentials(process: 1, user: 0, groups: []), serial: 1,
      at: .now)
    let text = Array(repeating: UInt8(ascii: "x"), count: ControlRequest.longest + 1) + [UInt8(ascii: "\n")]
    var outcome: String?
    for piece in [text[..<cut], text[cut...]] where outcome == nil {
      try #require(piece.withUnsafeBytes { send(end.raw, $0.baseAddress, $0.count, 0) } == piece.count)
      for _ in 0..<2 where outcome == nil {
        _ = client.receive(at: .now)
        do throws(ControlError) {
          outcome = try client.nextLine().map { "a line of \($0.count)" }
        } catch {
          outcome = error.failure.code
        }
      }
    }
    #expect(outcome == "too_long")
  }
}
