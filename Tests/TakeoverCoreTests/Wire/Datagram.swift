@testable import TakeoverCore

/// The bytes of one heartbeat as they stand in a UDP datagram. The core does not sign: the HMAC is zeros here.
struct Datagram: Equatable {
  var bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  init(_ heartbeat: Heartbeat, keyID: UInt8 = 1) {
    bytes = Array(repeating: 0, count: HeartbeatCodec.maximumLength)
    let count = bytes.withUnsafeMutableBytes { HeartbeatCodec.emit(heartbeat, keyID: keyID, into: $0) }
    bytes.removeLast(bytes.count - count - HeartbeatCodec.authenticationLength)
  }

  func parsed() throws(DropReason) -> Heartbeat {
    let result: Result<Heartbeat, DropReason> = bytes.withUnsafeBytes { buffer in
      do throws(DropReason) {
        return .success(try HeartbeatCodec.parse(buffer))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  func screened(for cluster: Tag) throws(DropReason) {
    let result: Result<Void, DropReason> = bytes.withUnsafeBytes { buffer in
      do throws(DropReason) {
        return .success(try HeartbeatCodec.screen(buffer, for: cluster))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }
}
