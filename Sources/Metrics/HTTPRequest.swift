/// The statuses that the listener for metrics answers with (RFC 9110 §15); those that refuse a request are thrown.
package enum HTTPStatus: Int, Error, CaseIterable, Sendable {
  case ok = 200
  case badRequest = 400
  case notFound = 404
  case methodNotAllowed = 405
  case uriTooLong = 414
  case headTooLarge = 431
  case unavailable = 503
  case versionNotSupported = 505

  /// For people.
  var phrase: String {
    switch self {
    case .ok: "OK"
    case .badRequest: "Bad Request"
    case .notFound: "Not Found"
    case .methodNotAllowed: "Method Not Allowed"
    case .uriTooLong: "URI Too Long"
    case .headTooLarge: "Request Header Fields Too Large"
    case .unavailable: "Service Unavailable"
    case .versionNotSupported: "HTTP Version Not Supported"
    }
  }
}

/// The head of a request, as far as it matters here (RFC 9112). A body has no meaning for what is served, and is not read.
package struct HTTPRequest: Equatable, Sendable {
  /// What is longer is refused: no scraper's request line has 4 KiB, no head 8 KiB.
  package static let lineLimit = 4_096, headLimit = 8_192

  /// `GET` or another token.
  package var method: String
  /// Without the query.
  package var path: String

  /// Looks for a whole head in what has come so far.
  /// - Parameter searched: so many bytes are known not to contain the end of the head.
  /// - Returns: nil while there is none yet.
  /// - Throws: the status to refuse with.
  package static func find(in input: [UInt8], searched: Int) throws(HTTPStatus) -> HTTPRequest? {
    guard let end = endOfHead(input, after: searched) else {
      if input.count > lineLimit, !input.prefix(lineLimit).contains(lineFeed) { throw .uriTooLong }
      if input.count >= headLimit { throw .headTooLarge }
      return nil
    }
    guard end <= headLimit else { throw .headTooLarge }
    return try parse(input[..<end])
  }

  private static let lineFeed = UInt8(ascii: "\n"), carriageReturn = UInt8(ascii: "\r")

  /// The place behind the line feed that ends the last line; RFC 9112 §2.2 lets a recipient ignore the carriage returns.
  private static func endOfHead(_ input: [UInt8], after searched: Int) -> Int? {
    // The end may have begun in what was searched before.
    var place = max(0, searched - 3)
    while let feed = input[place...].firstIndex(of: lineFeed) {
      let rest = input[(feed + 1)...].prefix(2)
      if rest.first == lineFeed { return feed + 1 }
      if Array(rest) == [carriageReturn, lineFeed] { return feed + 1 }
      place = feed + 1
    }
    return nil
  }

  private static func parse(_ head: ArraySlice<UInt8>) throws(HTTPStatus) -> HTTPRequest {
    var lines = head.split(separator: lineFeed).map { $0.last == carriageReturn ? $0.dropLast() : $0 }
    guard !lines.isEmpty else { throw .badRequest }
    let line = lines.removeFirst()
    guard line.count <= lineLimit else { throw .uriTooLong }
    let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 3, isToken(parts[0]), parts[1].allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw .badRequest
    }
    let version = String(decoding: parts[2], as: UTF8.self)
    guard version == "HTTP/1.1" || version == "HTTP/1.0" else {
      throw version.hasPrefix("HTTP/") ? .versionNotSupported : .badRequest
    }
    let hosts = try fieldNames(of: lines).count { $0.lowercased() == "host" }
    // RFC 9112 §3.2.
    guard hosts == 1 || hosts == 0 && version == "HTTP/1.0" else { throw .badRequest }
    guard let path = path(of: String(decoding: parts[1], as: UTF8.self)) else { throw .badRequest }
    return HTTPRequest(method: String(decoding: parts[0], as: UTF8.self), path: path)
  }

  private static func fieldNames(of lines: [ArraySlice<UInt8>]) throws(HTTPStatus) -> [String] {
    var names: [String] = []
    for line in lines {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), isToken(line[..<colon]),
        !line.contains(where: { $0 == 0 || $0 == carriageReturn })
      else { throw .badRequest }
      names.append(String(decoding: line[..<colon], as: UTF8.self))
    }
    return names
  }

  /// RFC 9110 §5.6.2.
  private static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
    let others = Array("!#$%&'*+-.^_`|~".utf8)
    return !bytes.isEmpty
      && bytes.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "A")...UInt8(ascii: "Z"):
          true
        default: others.contains(byte)
        }
      }
  }

  /// `/metrics` of `/metrics?name=value`, and of `http://host/metrics`, which every server must take (RFC 9112 §3.2.2).
  private static func path(of target: String) -> String? {
    var rest = target[...]
    if rest.lowercased().hasPrefix("http://") {
      rest = rest.dropFirst("http://".count).drop { $0 != "/" }
      if rest.isEmpty { rest = "/" }
    }
    guard rest.hasPrefix("/") else { return nil }
    return String(rest.prefix { $0 != "?" && $0 != "#" })
  }
}
