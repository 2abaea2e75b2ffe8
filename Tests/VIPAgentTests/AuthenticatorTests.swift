import Testing

@testable import Configuration
@testable import Wire

/// A test case of RFC 4231 §4: the first 128 bits of its HMAC-SHA-256. (Case 5 is truncated in the RFC itself.)
struct Vector: Sendable, CustomTestStringConvertible {
  let number: Int
  let key: [UInt8]
  let data: [UInt8]
  let mac: [UInt8]
  var testDescription: String { "RFC 4231 case \(number)" }

  static let all = [
    Vector(number: 1, key: repeated(0x0b, 20), data: text("Hi There"), mac: hex("b0344c61d8db38535ca8afceaf0bf12b")),
    Vector(
      number: 2, key: text("Jefe"), data: text("what do ya want for nothing?"),
      mac: hex("5bdcc146bf60754e6a042426089575c7")),
    Vector(
      number: 3, key: repeated(0xaa, 20), data: repeated(0xdd, 50), mac: hex("773ea91e36800e46854db8ebd09181a7")),
    Vector(
      number: 4, key: Array(1...25), data: repeated(0xcd, 50), mac: hex("82558a389a443c0ea4cc819899f2083a")),
    Vector(
      number: 5, key: repeated(0x0c, 20), data: text("Test With Truncation"),
      mac: hex("a3b6167473100ee06e0c796c2955552b")),
    Vector(
      number: 6, key: repeated(0xaa, 131), data: text("Test Using Larger Than Block-Size Key - Hash Key First"),
      mac: hex("60e431591ee0b67f0d8a26aacbf5b77f")),
    Vector(
      number: 7, key: repeated(0xaa, 131),
      data: text(
        "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
          + "hashed before being used by the HMAC algorithm."),
      mac: hex("9b09ffa71b942fcb27635fbcd5b0e944")),
  ]
}

@Suite struct AuthenticatorTests {
  private let message = Array("role=owner term=7".utf8)

  @Test(arguments: Vector.all) func agreesWithTheStandard(vector: Vector) {
    var authenticator = Authenticator(signing: Key(id: 1, secret: vector.key))
    // Twice: the second call works on the state that the first put back.
    #expect(sign(vector.data, with: &authenticator) == vector.mac)
    #expect(sign(vector.data, with: &authenticator) == vector.mac)
    #expect(verify(vector.data, vector.mac, key: 1, with: &authenticator) == .valid)
  }

  @Test func verifiesWithTheOtherKeysToo() {
    let secrets: [UInt8: [UInt8]] = [1: repeated(0x11, 32), 2: repeated(0x22, 32), 255: repeated(0x33, 32)]
    var ours = Authenticator(
      signing: Key(id: 2, secret: secrets[2]!),
      others: [Key(id: 1, secret: secrets[1]!), Key(id: 255, secret: secrets[255]!)])
    #expect(ours.signingKeyID == 2)
    for (id, secret) in secrets {
      var theirs = Authenticator(signing: Key(id: id, secret: secret))
      let mac = sign(message, with: &theirs)
      for tried in secrets.keys {
        #expect(verify(message, mac, key: tried, with: &ours) == (tried == id ? .valid : .wrong))
      }
    }
  }

  @Test func saysWhichKeyItDoesNotKnow() {
    var authenticator = Authenticator(
      signing: Key(id: 1, secret: repeated(0x11, 32)), others: [Key(id: 3, secret: [3])])
    let mac = sign(message, with: &authenticator)
    for id in UInt8.min...UInt8.max where id != 1 && id != 3 {
      #expect(verify(message, mac, key: id, with: &authenticator) == .unknownKey)
    }
  }

  @Test func noticesEveryFlippedBit() {
    var authenticator = Authenticator(signing: Key(id: 1, secret: repeated(0x11, 32)))
    let mac = sign(message, with: &authenticator)
    for position in 0..<(8 * message.count) {
      #expect(verify(flip(position, in: message), mac, key: 1, with: &authenticator) == .wrong)
    }
    for position in 0..<(8 * mac.count) {
      #expect(verify(message, flip(position, in: mac), key: 1, with: &authenticator) == .wrong)
    }
    #expect(verify(message, mac, key: 1, with: &authenticator) == .valid)
  }

  @Test func takesACodeOfAnotherLengthForWrong() {
    var authenticator = Authenticator(signing: Key(id: 1, secret: repeated(0x11, 32)))
    let mac = sign(message, with: &authenticator)
    for length in 0..<Authenticator.length {
      #expect(verify(message, Array(mac.prefix(length)), key: 1, with: &authenticator) == .wrong)
    }
    #expect(verify(message, mac + [0], key: 1, with: &authenticator) == .wrong)
  }

  @Test func signsNothingAtAllWithAnEmptySecret() {
    var authenticator = Authenticator(signing: Key(id: 0, secret: []))
    // HMAC-SHA-256 of no bytes under no key, as `openssl dgst -sha256 -hmac ''` prints it.
    #expect(sign([], with: &authenticator) == hex("b613679a0814d9ec772f95d778c35fc5"))
  }

  @Test func leavesTheBytesAfterTheCodeAlone() {
    var authenticator = Authenticator(signing: Key(id: 1, secret: repeated(0x11, 32)))
    var buffer = repeated(0xa5, 32)
    let message = message
    buffer.withUnsafeMutableBytes { buffer in
      message.withUnsafeBytes { authenticator.sign($0, into: buffer) }
    }
    #expect(Array(buffer[16...]) == repeated(0xa5, 16))
    #expect(Array(buffer[..<16]) == sign(message, with: &authenticator))
  }
}

private func sign(_ message: [UInt8], with authenticator: inout Authenticator) -> [UInt8] {
  var mac = repeated(0, Authenticator.length)
  mac.withUnsafeMutableBytes { mac in
    message.withUnsafeBytes { authenticator.sign($0, into: mac) }
  }
  return mac
}

private func verify(
  _ message: [UInt8], _ mac: [UInt8], key: UInt8, with authenticator: inout Authenticator
) -> Authenticator.Verdict {
  message.withUnsafeBytes { message in
    mac.withUnsafeBytes { authenticator.verify(message, mac: $0, keyID: key) }
  }
}

private func flip(_ position: Int, in bytes: [UInt8]) -> [UInt8] {
  var bytes = bytes
  bytes[position / 8] ^= 1 << (position % 8)
  return bytes
}

private func repeated(_ byte: UInt8, _ count: Int) -> [UInt8] { Array(repeating: byte, count: count) }

private func text(_ text: String) -> [UInt8] { Array(text.utf8) }

private func hex(_ digits: String) -> [UInt8] {
  let digits = digits.compactMap { $0.hexDigitValue.map(UInt8.init) }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
