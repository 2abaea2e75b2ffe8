import CLinux
import Glibc
import Lab
import Linux
import Testing

/// What a service manager would hear: the datagrams of `sd_notify(3)`.
final class NotifyListener {
  /// What `NOTIFY_SOCKET` says.
  let name: String
  private let descriptor: Descriptor
  private let patience: Int
  /// Everything that was heard so far.
  private(set) var messages: [String] = []

  /// - Parameters:
  ///   - name: an absolute path, or `@` and the name of an abstract socket.
  ///   - namespace: where an abstract name is bound; a path is the same everywhere.
  ///   - patience: how many seconds to wait for a message.
  init(_ name: String, in namespace: Namespace? = nil, patience: Int = 10) throws {
    self.name = name
    self.patience = patience
    let bind = { () throws -> Descriptor in
      let descriptor = try Descriptor(socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0), "socket")
      try Self.bind(descriptor.raw, to: name)
      return descriptor
    }
    if let namespace { descriptor = try namespace.perform("bind", bind) } else { descriptor = try bind() }
    var limit = timeval(tv_sec: patience, tv_usec: 0)
    setsockopt(descriptor.raw, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  private static func bind(_ raw: Int32, to name: String) throws {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(name.utf8)
    if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
    try withUnsafePointer(to: &address) { pointer in
      try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        _ = try retryOnInterrupt("bind", on: name) { Glibc.bind(raw, address, length) }
      }
    }
  }

  /// Waits for the next message that contains a text.
  @discardableResult
  func wait(for text: String) throws -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let deadline = BootClock.now() + Int64(patience) * 1_000_000_000
    while BootClock.now() < deadline {
      let count = recv(descriptor.raw, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      let message = String(decoding: buffer[..<count], as: UTF8.self)
      messages.append(message)
      if message.contains(text) { return message }
    }
    throw NotInTime("the service manager hears `\(text)`; heard: \(messages)")
  }
}
