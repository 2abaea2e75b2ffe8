import Metrics

/// The head of a request for the metrics, as a scraper sends it, or anybody.
func fuzzHTTP(_ bytes: UnsafeRawBufferPointer) {
  var source = ByteSource(bytes)
  let cut = Int(source.number(UInt16.self))
  let text = Array(bytes.dropFirst(2))
  let whole = outcome(of: text, searched: 0)
  // In two pieces it is the same request, or the same refusal: the head ends where it ends.
  if cut < text.count, case .incomplete = outcome(of: Array(text[..<cut]), searched: 0) {
    hold(outcome(of: text, searched: cut) == whole, "what was searched before is not searched again")
  }
  if case .request(let request) = whole {
    hold(request.path.hasPrefix("/") && !request.path.contains("?"), "a path begins with a slash and has no query")
    hold(request.method.utf8.allSatisfy { (0x21...0x7e).contains($0) }, "a method is a token")
    hold(text.count <= HTTPRequest.headLimit || text.contains(0x0a), "a head has a bound")
  }
  if case .refused(let status) = whole { checkAnswer(HTTPResponse(status)) }
}

private enum Outcome: Equatable {
  case request(HTTPRequest)
  case refused(HTTPStatus)
  case incomplete
}

private func outcome(of text: [UInt8], searched: Int) -> Outcome {
  do throws(HTTPStatus) {
    return try HTTPRequest.find(in: text, searched: searched).map { .request($0) } ?? .incomplete
  } catch {
    return .refused(error)
  }
}

/// What is answered says how long it is.
private func checkAnswer(_ response: HTTPResponse) {
  let text = String(decoding: response.bytes(withBody: true, at: 0), as: UTF8.self)
  let body = text.split(separator: "\r\n\r\n", maxSplits: 1).last.map(String.init) ?? ""
  hold(text.contains("Content-Length: \(body.utf8.count)\r\n"), "a response is as long as it says")
}
