import Testing

@testable import Control

@Suite struct ControlRequestTests {
  private func parse(_ text: String) throws(ControlError) -> ControlRequest {
    try ControlRequest.parse(Array(text.utf8))
  }

  @Test(arguments: [
    (#"{"v":1,"do":"status"}"#, ControlRequest(verb: .status)),
    (#" { "do" : "events", "v" : 1, "id" : -3 } "#, ControlRequest(id: -3, verb: .events)),
    (#"{"v":1,"do":"metrics"}"#, ControlRequest(verb: .metrics)),
    (#"{"v":1,"do":"reload"}"#, ControlRequest(verb: .reload)),
    (#"{"v":1,"do":"standby"}"#, ControlRequest(verb: .standby(group: nil, force: false))),
    (#"{"v":1,"do":"standby","group":"g","force":true}"#, ControlRequest(verb: .standby(group: "g", force: true))),
    (#"{"v":1,"do":"available","group":"g"}"#, ControlRequest(verb: .available(group: "g"))),
    (#"{"v":1,"do":"takeover","force":false}"#, ControlRequest(verb: .takeover(group: nil, force: false))),
    // Words of a value are no keys.
    (#"{"v":1,"do":"takeover","group":"do"}"#, ControlRequest(verb: .takeover(group: "do", force: false))),
    (#"{"v":1,"do":"takeover","group":"\"do\":"}"#, ControlRequest(verb: .takeover(group: "\"do\":", force: false))),
    (#"{"v":1,"do":"fail-back","group":"g\u00e9"}"#, ControlRequest(verb: .failBack(group: "gé"))),
  ])
  func isRead(_ text: String, as request: ControlRequest) throws {
    #expect(try parse(text) == request)
  }

  /// What one side writes the other reads.
  @Test(arguments: [
    ControlRequest(verb: .status), ControlRequest(id: 7, verb: .events),
    ControlRequest(verb: .standby(group: "a\"\\\n\u{7f}é😀", force: true)),
    ControlRequest(verb: .takeover(group: nil, force: true)),
    ControlRequest(id: .min, verb: .failBack(group: "")), ControlRequest(verb: .available(group: nil)),
  ])
  func survivesTheWire(_ request: ControlRequest) throws {
    let line = request.line
    #expect(line.last == UInt8(ascii: "\n") && line.dropLast().allSatisfy { (0x20...0x7e).contains($0) })
    #expect(try ControlRequest.parse(line.dropLast()) == request)
  }

  @Test(arguments: [
    ("", "malformed", "not JSON"),
    ("nonsense", "malformed", "not JSON"),
    ("[1]", "malformed", "not a JSON object"),
    ("null", "malformed", "not a JSON object"),
    ("{}", "malformed", #"the key "v" is missing"#),
    (#"{"v":1}"#, "malformed", #"the key "do" is missing"#),
    (#"{"v":"1","do":"status"}"#, "malformed", #""v" must be a number"#),
    (#"{"v":1,"do":7}"#, "malformed", #""do" must be a string"#),
    (#"{"v":1,"do":"standby","force":"yes"}"#, "malformed", #""force" must be a boolean"#),
    (#"{"v":2,"do":"status"}"#, "version", "version 2 of the control protocol is not spoken here"),
    (#"{"v":1,"do":"shutdown"}"#, "unknown_request", #"there is no request "shutdown""#),
    (#"{"v":1,"do":"\u001b[31m"}"#, "unknown_request", #"there is no request "\u001b[31m""#),
    (#"{"v":1,"do":"takeover","forec":true}"#, "unknown_key", #"takeover has no key "forec""#),
    (#"{"v":1,"do":"status","do":"standby"}"#, "malformed", #"the key "do" stands twice"#),
    (#"{"v":1,"do":"takeover","group":"a" , "\u0067roup" :"b"}"#, "malformed", #"the key "group" stands twice"#),
    (#"{"v":1,"v":1,"do":"status"}"#, "malformed", #"the key "v" stands twice"#),
    ("\u{0}{\u{0}}", "malformed", "not JSON in UTF-8"),
    (#"{"v":1,"do":"status","group":"g"}"#, "unknown_key", #"status has no key "group""#),
  ])
  func isRefused(_ text: String, _ code: String, _ message: String) {
    let error = #expect(throws: ControlError.self) { try parse(text) }
    #expect(error?.failure.code == code)
    #expect(error?.failure.message == message)
  }

  @Test func depthAndLengthAreBounded() {
    let deep = String(repeating: "[", count: 4_000)
    #expect(throws: ControlError.self) { try parse(deep) }
    let long = #"{"v":1,"do":""# + String(repeating: "x", count: ControlRequest.longest) + #""}"#
    #expect(throws: ControlError.tooLong) { try parse(long) }
  }

  /// What looks like one character to a reader may be of any length.
  @Test func aNameOfManyMarksIsNotRepeatedWhole() {
    let name = "e" + String(repeating: "\u{301}", count: 1_000)
    let errors: [ControlError] = [
      .unknownRequest(name), .unknownKey(name, of: "status"), .unknownGroup(name, known: ["director"]),
    ]
    for error in errors { #expect(ControlAnswer.failed(error).line.count < 1_000) }
  }

  /// Every prefix, every byte changed: an answer or an error, nothing else.
  @Test func nothingTraps() {
    let line = Array(#"{"v":1,"do":"takeover","group":"d\u00e9","force":true,"id":12345678901234567890}"#.utf8)
    var outcomes: Set<String> = []
    for place in line.indices {
      outcomes.insert(outcome(Array(line[..<place])))
      for byte in stride(from: UInt8.min, to: .max, by: 3) {
        var mutant = line
        mutant[place] = byte
        outcomes.insert(outcome(mutant))
      }
    }
    #expect(outcomes.contains("malformed"))
  }

  private func outcome(_ line: [UInt8]) -> String {
    do throws(ControlError) {
      return try ControlRequest.parse(line).name
    } catch {
      return error.failure.code
    }
  }
}
