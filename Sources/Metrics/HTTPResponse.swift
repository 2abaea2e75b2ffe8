import Glibc

/// A whole response, after which the connection ends: a scrape every few seconds is worth a connection, and none holds a
/// place for longer than it needs it.
package struct HTTPResponse: Sendable {
  var status: HTTPStatus
  var mediaType = "text/plain; charset=utf-8"
  var body: String

  init(_ status: HTTPStatus, mediaType: String = "text/plain; charset=utf-8", body: String) {
    self.status = status
    self.mediaType = mediaType
    self.body = body
  }

  /// A status and nothing else to say.
  package init(_ status: HTTPStatus) { self.init(status, body: "\(status.rawValue) \(status.phrase)\n") }

  /// The response on the wire (RFC 9112 §4).
  /// - Parameters:
  ///   - withBody: false where only the head was asked for; it says how long the body would be.
  ///   - seconds: the time of day since 1970.
  package func bytes(withBody: Bool, at seconds: Int64) -> [UInt8] {
    let allow = status == .methodNotAllowed ? "Allow: GET, HEAD\r\n" : ""
    let head = """
      HTTP/1.1 \(status.rawValue) \(status.phrase)\r
      Date: \(Self.date(seconds))\r
      Content-Type: \(mediaType)\r
      Content-Length: \(body.utf8.count)\r
      \(allow)Connection: close\r
      \r

      """
    return Array(head.utf8) + (withBody ? Array(body.utf8) : [])
  }

  /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
  private static func date(_ seconds: Int64) -> String {
    var (time, fields) = (time_t(seconds), tm())
    gmtime_r(&time, &fields)
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 40) { buffer in
      // No locale is ever set: the names are English.
      let length = strftime(buffer.baseAddress, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &fields)
      return String(decoding: UnsafeRawBufferPointer(buffer).prefix(length), as: UTF8.self)
    }
  }
}
