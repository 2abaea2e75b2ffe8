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
  /// The word that the log shows: emergency, alert, critical, error, warning, notice, informational, debug.
  var priority: String
  var message: String
  /// The fields of the kind: group, peer, term, …; those that journald gets, in lower case and without their prefix.
  /// What there is several of, such as addresses, is separated by a comma and a space.
  var fields: [String: String]
}

extension EventRecord {
  /// A line of the log.
  init(_ line: LogLine) {
    var fields: [String: String] = [:]
    for entry in line.message.fields.entries {
      let name = entry.field.rawValue.dropFirst("VIPAGENT_".count).lowercased()
      fields[name] = fields[name].map { "\($0), \(entry.value)" } ?? entry.value
    }
    self.init(
      time: TimeText.of(milliseconds: line.milliseconds), kind: line.message.kind.rawValue,
      priority: "\(line.priority)", message: line.text, fields: fields)
  }

  /// Events that could not be kept until they were told.
  init(missing count: Int) {
    self.init(
      time: TimeText.of(milliseconds: WallClock.now()), kind: MessageKind.linesDropped.rawValue,
      priority: "\(MessageKind.linesDropped.priority)", message: "\(count) events are missing here",
      fields: ["count": "\(count)"])
  }
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
