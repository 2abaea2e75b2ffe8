/// Why a request is not fulfilled. Each case has a word for programs and a sentence for people.
package enum ControlError: Error, Equatable, Sendable {
  case malformed(String)
  case tooLong
  case version(Int)
  case unknownRequest(String)
  case unknownKey(String, of: String)
  /// Who asks is not among those who may.
  case forbidden(String, hint: String)
  /// No such group in the configuration.
  case unknownGroup(String, known: [String])
  /// The core said no.
  case refused(String, hint: String?)
  /// Too many clients, or too many subscribers.
  case busy(String)
  /// The heartbeat thread did not answer in time.
  case noAnswer
  /// It was tried and did not succeed.
  case failed(String, hint: String?)

  /// As it stands in an answer.
  var failure: ControlFailure {
    switch self {
    case .malformed(let what):
      ControlFailure(code: "malformed", message: what, hint: #"send one object a line, such as {"v":1,"do":"status"}"#)
    case .tooLong:
      ControlFailure(code: "too_long", message: "the request has more than \(ControlRequest.longest) bytes")
    case .version(let version):
      ControlFailure(
        code: "version", message: "version \(version) of the control protocol is not spoken here",
        hint: "this agent speaks version \(ControlRequest.version)")
    case .unknownRequest(let name):
      ControlFailure(
        code: "unknown_request", message: "there is no request \(JSONText.quote(beginningOf: name))",
        hint: "docs/control.md lists them")
    case .unknownKey(let key, let request):
      ControlFailure(
        code: "unknown_key", message: "\(request) has no key \(JSONText.quote(beginningOf: key))")
    case .forbidden(let message, let hint): ControlFailure(code: "forbidden", message: message, hint: hint)
    case .unknownGroup(let name, let known):
      ControlFailure(
        code: "unknown_group", message: "there is no group \(JSONText.quote(beginningOf: name))",
        hint: "the configuration has \(known.joined(separator: ", "))")
    case .refused(let message, let hint): ControlFailure(code: "refused", message: message, hint: hint)
    case .busy(let message): ControlFailure(code: "busy", message: message)
    case .noAnswer:
      ControlFailure(
        code: "no_answer", message: "the heartbeat thread does not answer",
        hint: "the agent hangs or is starved of CPU: look at its log")
    case .failed(let message, let hint): ControlFailure(code: "failed", message: message, hint: hint)
    }
  }
}

/// Texts inside JSON.
enum JSONText {
  /// The beginning of a text of any length, as a sentence bears it. A `Character` may be of any length, too: scalars are
  /// counted.
  static func quote(beginningOf text: String) -> String {
    quote(String(String.UnicodeScalarView(text.unicodeScalars.prefix(60))))
  }

  /// The text as a JSON string (RFC 8259 §7), printable on any terminal: what is not ASCII, too, is escaped.
  static func quote(_ text: String) -> String {
    var result = "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22, 0x5c: result += "\\" + String(UnicodeScalar(UInt8(unit)))
      case 0x20...0x7e: result += String(UnicodeScalar(UInt8(unit)))
      default: result += "\\u" + unit.hex
      }
    }
    return result + "\""
  }
}
