import Testing

@testable import Status

/// One line for monitoring, and the verdict that it and the document share.
struct MonitoringLineTests {
  @Test func healthy() {
    let line = MonitoringLine(of: .healthy).text
    #expect(line.hasPrefix("VIPAGENT OK - owner of "), "\(line)")
    #expect(Verdict(of: .healthy).state == .ok && Verdict(of: .healthy).reasons.isEmpty)
  }

  @Test func troubledAndUnserved() {
    #expect(MonitoringLine(of: .troubled).text.hasPrefix("VIPAGENT WARNING - "))
    #expect(MonitoringLine(of: .unserved).text.hasPrefix("VIPAGENT CRITICAL - "))
    let verdict = Verdict(of: .unserved)
    #expect(verdict.state == .critical && verdict.reasons.first?.state == .critical)
    #expect(MonitoringLine(of: .unserved).text.contains(verdict.reasons[0].text))
  }

  /// Words, one bar, and data of the guidelines' form, whatever an agent says.
  @Test(arguments: [Status.healthy, .troubled, .unserved, .hostile, .large])
  func isWellFormed(status: Status) throws {
    let line = MonitoringLine(of: status).text
    #expect(!line.contains("\n"))
    let halves = line.split(separator: "|")
    try #require(halves.count == 2, "\(line)")
    let datum = /[a-z_]+=[0-9]+(\.[0-9]+)?(s|c)?(;[0-9.]*)*/
    let data = halves[1].split(separator: " ")
    #expect(data.count >= 5)
    for word in data { #expect(word.wholeMatch(of: datum) != nil, "\(word)") }
  }

  @Test func noAgent() {
    #expect(
      MonitoringLine(without: "No agent answers on /run/x|y").text == "VIPAGENT UNKNOWN - No agent answers on /run/x/y")
  }

  @Test func theDocumentHasBoth() throws {
    let json = StatusDocument(status: .troubled).json
    #expect(json.contains(#""verdict" : {"#) && json.contains(#""state" : "warning""#))
    #expect(json.contains(#""uptime_us" :"#))
  }
}
