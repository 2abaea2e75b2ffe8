import CNettle
import Configuration
import Linux

/// Signs and checks heartbeats with HMAC-SHA256 (RFC 2104, FIPS 180-4), truncated to its first 128 bits
/// (RFC 2104 §5).
///
/// Each key's inner and outer hash states are computed once, at `init`, and stay in memory that no core file has
/// (``SecretMemory``): who has them can sign. A call allocates nothing. One thread uses it
/// at a time: the states are worked on in place, and only `nettle_hmac_sha256_digest` puts them back.
package struct Authenticator: ~Copyable, @unchecked Sendable {
  /// Bytes of a message authentication code.
  package static let length = 16

  /// What a received message authentication code turned out to be.
  package enum Verdict: Equatable, Sendable {
    /// The sender knows the secret, and every byte is as it left it.
    case valid
    /// No key has this number: two nodes with different key files.
    case unknownKey
    /// A different secret under this number, or a changed byte.
    case wrong
  }

  private struct State {
    let id: UInt8
    var hashes = hmac_sha256_ctx()
  }

  // The signing key first. Owned by this value alone, which is what makes it Sendable.
  private let keys: UnsafeMutableBufferPointer<State>
  /// Where `keys` are.
  private let memory: SecretMemory

  /// Prepares the keys.
  /// - Parameters:
  ///   - signing: the key that signs; its number goes into the heartbeat. It also verifies.
  ///   - others: keys that only verify: the previous one, the next one. Of two with one number the first counts.
  package init(signing: Key, others: [Key] = []) {
    memory = SecretMemory(byteCount: (1 + others.count) * MemoryLayout<State>.stride)
    keys = memory.bytes.bindMemory(to: State.self)
    for (index, key) in ([signing] + others).enumerated() {
      keys.initializeElement(at: index, to: State(id: key.id))
      key.withSecret { secret in
        let bytes = secret.assumingMemoryBound(to: UInt8.self)
        nettle_hmac_sha256_set_key(&keys[index].hashes, bytes.count, bytes.baseAddress)
      }
    }
    // The key's blocks were there.
    SecretMemory.wipeStack(bytes: 4_096)
  }

  /// The number of the key that signs.
  var signingKeyID: UInt8 { keys[0].id }

  /// Writes the message authentication code of `bytes` to the first ``length`` bytes of `mac`.
  package mutating func sign(_ bytes: UnsafeRawBufferPointer, into mac: UnsafeMutableRawBufferPointer) {
    precondition(mac.count >= Self.length, "a buffer of our own is too short")
    digest(bytes, with: 0, into: mac)
  }

  /// Checks a message authentication code from the network, in a time that does not depend on where it differs.
  /// - Parameters:
  ///   - bytes: what was signed.
  ///   - mac: the code that came with it; one that is not ``length`` bytes long is wrong.
  ///   - keyID: the key number that came with it.
  package mutating func verify(_ bytes: UnsafeRawBufferPointer, mac: UnsafeRawBufferPointer, keyID: UInt8) -> Verdict {
    guard let index = keys.firstIndex(where: { $0.id == keyID }) else { return .unknownKey }
    guard mac.count == Self.length, let received = mac.baseAddress else { return .wrong }
    return withUnsafeTemporaryAllocation(byteCount: Self.length, alignment: 8) { expected in
      digest(bytes, with: index, into: expected)
      return nettle_memeql_sec(expected.baseAddress, received, Self.length) != 0 ? .valid : .wrong
    }
  }

  private func digest(_ bytes: UnsafeRawBufferPointer, with index: Int, into mac: UnsafeMutableRawBufferPointer) {
    let mac = mac.assumingMemoryBound(to: UInt8.self)
    let bytes = bytes.assumingMemoryBound(to: UInt8.self)
    nettle_hmac_sha256_update(&keys[index].hashes, bytes.count, bytes.baseAddress)
    nettle_hmac_sha256_digest(&keys[index].hashes, Self.length, mac.baseAddress)
  }
}
