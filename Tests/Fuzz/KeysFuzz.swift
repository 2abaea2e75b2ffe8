import Configuration
import Engine
import Wire

/// The text of a key file.
func fuzzKeys(_ bytes: UnsafeRawBufferPointer) {
  do throws(KeyFileError) {
    let ring = try KeyFileParser.parse(Array(bytes), file: "keys")
    checkRoundTrip(ring)
    checkSigning(ring)
  } catch {
    hold(error.description.utf8.count <= 1_500, "a complaint is short")
    checkSecrecy(of: bytes, in: error.description)
  }
}

/// Written again, the file has the same keys.
private func checkRoundTrip(_ ring: KeyRing) {
  hold((1...255).contains(ring.keys.count), "there are 1...255 keys")
  hold(ring.keys.contains(ring.signing), "the key that signs is one of them")
  let lines = ring.keys.map { key in
    let digits = key.withSecret { $0.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
    return "\(key.id) hmac-sha256 \(digits)\n"
  }
  let text = "auth \(ring.signing.id)\n" + lines.joined()
  hold((try? KeyFileParser.parse(Array(text.utf8), file: "keys")) == ring, "the file is the same when written again")
}

/// The keys sign and verify.
private func checkSigning(_ ring: KeyRing) {
  var authenticator = ring.authenticator()
  let text: [UInt8] = [1, 2, 3]
  withUnsafeTemporaryAllocation(byteCount: Authenticator.length, alignment: 1) { mac in
    text.withUnsafeBytes { authenticator.sign($0, into: mac) }
    let verdict = text.withUnsafeBytes {
      authenticator.verify($0, mac: UnsafeRawBufferPointer(mac), keyID: ring.signing.id)
    }
    hold(verdict == .valid, "what a key has signed it verifies")
  }
}

/// No word of the file that could be a secret is repeated in the complaint.
private func checkSecrecy(of bytes: UnsafeRawBufferPointer, in complaint: String) {
  let words = bytes.split { $0 <= 0x20 }.filter { $0.count >= 16 }
  let complaint = Array(complaint.utf8)
  for word in words where word.count <= complaint.count {
    hold(!complaint.contains(word), "a complaint quotes nothing of the file")
  }
}
