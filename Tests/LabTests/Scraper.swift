import CLinux
import Glibc
import Lab
import Linux
import Testing

@testable import Configuration
@testable import Metrics

/// A client of the port for metrics: all that a scraper, good or bad, does with a socket.
final class Scraper {
  let socket: Descriptor

  /// Connects from a host, in its network.
  init(_ endpoint: MetricsSettings = .local, on host: Host) throws {
    socket = try host.namespace().perform("connect to \(endpoint.text)") {
      let family = endpoint.address.family == .v6 ? AF_INET6 : AF_INET
      let socket = try Descriptor(
        Glibc.socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0), "socket")
      var patience = timeval(tv_sec: 20, tv_usec: 0)
      let size = socklen_t(MemoryLayout<timeval>.size)
      try #require(setsockopt(socket.raw, SOL_SOCKET, SO_RCVTIMEO, &patience, size) == 0)
      let raw = socket.raw
      try retryOnInterrupt("connect", on: endpoint.text) { endpoint.withSocketAddress { connect(raw, $0, $1) } }
      return socket
    }
  }

  /// Says something, as far as the other side lets it.
  /// - Returns: whether all of it has left.
  @discardableResult
  func say(_ bytes: [UInt8]) -> Bool {
    send(socket.raw, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  @discardableResult
  func say(_ text: String) -> Bool { say(Array(text.utf8)) }

  /// Says nothing more, and goes on listening.
  func closeHalf() { shutdown(socket.raw, Int32(SHUT_WR)) }

  /// Everything until the end of the connection; nil if that did not come within 20 s.
  func rest() -> String? {
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(socket.raw, &chunk, chunk.count, 0)
      if count < 0, errno == EAGAIN { return nil }
      // A reset is an end, too.
      if count <= 0 { return String(decoding: text, as: UTF8.self) }
      text += chunk[..<count]
    }
  }

  /// Makes a request and takes the whole response.
  static func get(
    _ target: String = "/metrics", from endpoint: MetricsSettings = .local, on host: Host
  ) throws -> (head: String, body: String) {
    let scraper = try Scraper(endpoint, on: host)
    scraper.say("GET \(target) HTTP/1.1\r\nHost: \(endpoint.text)\r\n\r\n")
    let response = try #require(scraper.rest())
    let end = try #require(response.firstRange(of: "\r\n\r\n"), "\(response)")
    return (String(response[..<end.lowerBound]), String(response[end.upperBound...]))
  }

  /// The samples of a scrape by name and labels, as they stand in the text.
  static func scrape(from endpoint: MetricsSettings = .local, on host: Host) throws -> [String: Double] {
    let (head, body) = try get(from: endpoint, on: host)
    try #require(head.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(head)")
    return samples(of: body)
  }

  static func samples(of text: String) -> [String: Double] {
    let pairs = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line -> (String, Double)? in
      guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
        return nil
      }
      return (String(line[..<space]), value)
    }
    return Dictionary(pairs) { _, last in last }
  }
}

extension MetricsSettings {
  /// What the tests mostly listen on.
  static let local = MetricsSettings("127.0.0.1:9694")!
}
