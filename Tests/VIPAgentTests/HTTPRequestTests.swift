import Testing

@testable import Metrics

struct HTTPRequestTests {
  private func find(_ text: String) throws(HTTPStatus) -> HTTPRequest? {
    try HTTPRequest.find(in: Array(text.utf8), searched: 0)
  }

  @Test(arguments: [
    ("GET /metrics HTTP/1.1\r\nHost: loadb1\r\n\r\n", "GET", "/metrics"),
    ("HEAD / HTTP/1.0\r\n\r\n", "HEAD", "/"),
    ("GET /metrics?name=vipagent_info HTTP/1.1\nhost:\n\n", "GET", "/metrics"),
    ("GET http://loadb1:9694/metrics HTTP/1.1\r\nHost: loadb1:9694\r\nX-Empty:\r\n\r\n", "GET", "/metrics"),
    ("GET HTTP://loadb1 HTTP/1.1\r\nHost: loadb1\r\n\r\n", "GET", "/"),
    ("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "POST", "/metrics"),
    ("GET /metrics/ HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n", "GET", "/metrics/"),
  ])
  func isUnderstood(_ text: String, _ method: String, _ path: String) throws {
    #expect(try find(text) == HTTPRequest(method: method, path: path))
  }

  private static let refused: [(String, HTTPStatus)] = [
    ("\r\n\r\n", .badRequest), ("GET\r\n\r\n", .badRequest), ("GET /metrics\r\n\r\n", .badRequest),
    ("GET  /metrics HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
    ("GET /metrics HTTP/1.1 \r\nHost: a\r\n\r\n", .badRequest),
    ("GET /metrics HTTP/1.1\r\n\r\n", .badRequest),
    ("GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", .badRequest),
    ("GET /metrics HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", .badRequest),
    ("GET /metrics HTTP/1.1\r\nHost : a\r\n\r\n", .badRequest),
    ("GET /metrics HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", .badRequest),
    ("GET /metrics HTTP/1.1\r\nHost: a\r\nX: \u{0}\r\n\r\n", .badRequest),
    ("GET /metrics HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", .badRequest),
    ("G\u{e9}T /metrics HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
    ("GET /m\u{e9}trics HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
    ("GET metrics HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest), ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
    ("GET /metrics SSH-2.0\r\n\r\n", .badRequest), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .versionNotSupported),
    ("GET /metrics HTTP/1.2\r\nHost: a\r\n\r\n", .versionNotSupported),
  ]

  @Test(arguments: refused)
  func isRefused(_ text: String, _ status: HTTPStatus) {
    #expect(throws: status) { try find(text) }
  }

  @Test func whatIsTooLongIsRefused() {
    let long = String(repeating: "x", count: 4_096)
    for text in ["GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\(long)"] {
      #expect(throws: HTTPStatus.uriTooLong) { try find(text) }
    }
    for end in ["", "\r\n\r\n"] {
      #expect(throws: HTTPStatus.headTooLarge) { try find("GET / HTTP/1.1\r\nHost: a\r\nX: \(long)\(long)\(end)") }
    }
  }

  /// However the request is cut into pieces, it is found with its last byte and not before.
  @Test(arguments: [1, 2, 3, 7]) func piecesMakeAWhole(_ size: Int) throws {
    let whole = Array("GET /metrics HTTP/1.1\r\nHost: loadb1\r\nAccept: */*\r\n\r\n".utf8)
    var input: [UInt8] = []
    var searched = 0
    while input.count < whole.count {
      #expect(try HTTPRequest.find(in: input, searched: searched) == nil)
      searched = input.count
      input = Array(whole.prefix(input.count + size))
    }
    #expect(try HTTPRequest.find(in: input, searched: searched)?.path == "/metrics")
  }

  /// No bytes whatever trap, and no input longer than a head may be stays unanswered.
  @Test func anyBytesAreJudged() {
    var random = SystemRandomNumberGenerator()
    let whole = Array("GET /metrics HTTP/1.1\r\nHost: loadb1\r\nAccept: */*\r\n\r\n".utf8)
    var judged = 0
    for _ in 0..<4_000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(contentsOf: [UInt8](repeating: bytes[place], count: Int.random(in: 1...9_000)), at: place)
        default: bytes.removeSubrange(place...)
        }
        if bytes.isEmpty { bytes = whole }
      }
      do throws(HTTPStatus) {
        let found = try HTTPRequest.find(in: bytes, searched: Int.random(in: 0...4, using: &random))
        if found == nil { #expect(bytes.count < HTTPRequest.headLimit) } else { judged += 1 }
      } catch {
        judged += 1
      }
    }
    #expect(judged > 2_000)
  }

  @Test func aResponseSaysHowLongItIs() {
    let response = HTTPResponse(.methodNotAllowed)
    let text = String(decoding: response.bytes(withBody: true, at: 784_111_777), as: UTF8.self)
    #expect(
      text
        == """
        HTTP/1.1 405 Method Not Allowed\r
        Date: Sun, 06 Nov 1994 08:49:37 GMT\r
        Content-Type: text/plain; charset=utf-8\r
        Content-Length: 23\r
        Allow: GET, HEAD\r
        Connection: close\r
        \r
        405 Method Not Allowed

        """)
    let head = String(decoding: response.bytes(withBody: false, at: 0), as: UTF8.self)
    #expect(head.hasSuffix("Connection: close\r\n\r\n") && head.contains("Content-Length: 23"))
  }
}
