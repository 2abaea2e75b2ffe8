import FoundationEssentials

/// What the agent answers, one JSON object in one line; also each line that a subscriber of events gets.
struct ControlAnswer: Codable, Equatable, Sendable {
  /// The version of the language.
  var v = ControlRequest.version
  /// The number of the request, if it had one.
  var id: Int64?
  /// Whether what was asked for is done; an event has none.
  var ok: Bool?
  /// What became of a command, in a sentence.
  var message: String?
  var error: ControlFailure?
  var status: Status?
  /// Prometheus text format, version 0.0.4.
  var metrics: String?
  var event: EventRecord?

  /// A success.
  static func done(_ message: String? = nil) -> ControlAnswer { ControlAnswer(ok: true, message: message) }

  /// A failure.
  static func failed(_ error: ControlError) -> ControlAnswer { ControlAnswer(ok: false, error: error.failure) }
}

/// Why a request was not fulfilled.
struct ControlFailure: Codable, Equatable, Sendable {
  /// A word for programs; see docs/control.md.
  var code: String
  /// A sentence for people.
  var message: String
  /// What to do about it.
  var hint: String?
}

/// Something that happened: a record of the log, for who follows events.
struct EventRecord: Codable, Equatable, Sendable {
  /// RFC 3339 with milliseconds, in UTC.
  var time: String
  /// The name of the kind of message; see docs/log.md.
  var kind: String
  /// The word of `syslog(3)`.
  var priority: String
  var message: String
  /// The fields of the kind: group, peer, term, ….
  var fields: [String: String]
}

extension ControlAnswer {
  /// The answer as a line, the line feed included.
  var line: [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Numbers, strings and lists of them always encode; an answer that did not would still have to be one.
    let body = (try? encoder.encode(self)).map(Array.init) ?? Array(#"{"v":1,"ok":false}"#.utf8)
    return body + [UInt8(ascii: "\n")]
  }

  /// Reads a line of an agent.
  static func parse(_ line: some Collection<UInt8>) -> ControlAnswer? {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try? decoder.decode(ControlAnswer.self, from: Data(line))
  }
}
