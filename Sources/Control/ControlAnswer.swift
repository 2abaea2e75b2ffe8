import FoundationEssentials
import Log
import Status
import Support

/// What the agent answers, one JSON object in one line; also each line that a subscriber of events gets.
package struct ControlAnswer: Codable, Equatable, Sendable {
  /// The version of the language.
  var v = ControlRequest.version
  /// The number of the request, if it had one.
  var id: Int64?
  /// Whether what was asked for is done; an event has none.
  package var ok: Bool?
  /// What became of a command, in a sentence.
  package var message: String?
  package var error: ControlFailure?
  package var status: Status?
  /// Prometheus text format, version 0.0.4.
  package var metrics: String?
  package var event: EventRecord?

  package init(
    v: Int = ControlRequest.version, id: Int64? = nil, ok: Bool? = nil, message: String? = nil,
    error: ControlFailure? = nil, status: Status? = nil, metrics: String? = nil, event: EventRecord? = nil
  ) {
    self.v = v
    self.id = id
    self.ok = ok
    self.message = message
    self.error = error
    self.status = status
    self.metrics = metrics
    self.event = event
  }

  /// A success.
  package static func done(_ message: String? = nil) -> ControlAnswer { ControlAnswer(ok: true, message: message) }

  /// A failure.
  package static func failed(_ error: ControlError) -> ControlAnswer { ControlAnswer(ok: false, error: error.failure) }
}

/// Why a request was not fulfilled.
package struct ControlFailure: Codable, Equatable, Sendable {
  /// A word for programs; see docs/control.md.
  var code: String
  /// A sentence for people.
  package var message: String
  /// What to do about it.
  var hint: String?
}

/// Something that happened: a record of the log, for who follows events.
package struct EventRecord: Codable, Equatable, Sendable {
  /// RFC 3339 with milliseconds, in UTC.
  package var time: String
  /// The name of the kind of message; see docs/log.md.
  var kind: String
  /// The word that the log shows: emergency, alert, critical, error, warning, notice, informational, debug.
  package var priority: String
  package var message: String
  /// The fields of the kind: group, peer, term, …; those that journald gets, in lower case and without their prefix.
  /// What there is several of, such as addresses, is separated by a comma and a space.
  var fields: [String: String]
}

extension EventRecord {
  /// A line of the log.
  package init(_ line: LogLine) {
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
  package init(missing count: Int) {
    self.init(
      time: TimeText.of(milliseconds: WallClock.now()), kind: MessageKind.linesDropped.rawValue,
      priority: "\(MessageKind.linesDropped.priority)", message: "\(count) events are missing here",
      fields: ["count": "\(count)"])
  }
}

extension ControlAnswer {
  /// The answer as a line, the line feed included.
  package var line: [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Numbers, strings and lists of them always encode; an answer that did not would still have to be one.
    let body = (try? encoder.encode(self)).map(Array.init) ?? Array(#"{"v":1,"ok":false}"#.utf8)
    return body + [UInt8(ascii: "\n")]
  }

  /// Reads a line of an agent.
  package static func parse(_ line: some Collection<UInt8>) -> ControlAnswer? {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try? decoder.decode(ControlAnswer.self, from: Data(line))
  }
}
