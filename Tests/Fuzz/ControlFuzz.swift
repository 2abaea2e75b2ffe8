import Commands
import Control
import Metrics
import Status
import TerminalUI

/// A line of the control socket, to the agent; and the same as if an agent had said it to a client.
func fuzzControl(_ bytes: UnsafeRawBufferPointer) {
  do throws(ControlError) {
    let request = try ControlRequest.parse(bytes)
    hold(bytes.count <= ControlRequest.longest, "what is too long is refused")
    checkRoundTrip(request)
  } catch {
    let answer = ControlAnswer.failed(error)
    let line = answer.line
    hold(line.count <= 2_000, "a complaint is short")
    hold(line.dropLast().allSatisfy { $0 >= 0x20 }, "an answer is one line")
    hold(ControlAnswer.parse(line.dropLast()) == answer, "a complaint reads as it was written")
  }
  if let answer = ControlAnswer.parse(bytes) { show(answer) }
}

/// Written again, the request says the same.
private func checkRoundTrip(_ request: ControlRequest) {
  let line = request.line
  hold(line.last == UInt8(ascii: "\n") && line.dropLast().allSatisfy { (0x20...0x7e).contains($0) }, "a line")
  // A group's name may take more room when it is escaped, and no such group exists.
  guard line.count <= ControlRequest.longest else { return }
  hold((try? ControlRequest.parse(line.dropLast())) == request, "the request is the same when written again")
}

/// Whatever an agent says, or somebody in its place, can be shown and does nothing to the terminal.
private func show(_ answer: ControlAnswer) {
  if let status = answer.status {
    for width in [40, 80, 200] {
      for line in StatusReport(status: status, width: width).text(Style(isColoured: false)).utf8.split(separator: 10) {
        hold(line.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "a table holds no control character")
      }
    }
    _ = status.exitCode
    _ = MetricsText.of(Readings(status: status, scrapes: MetricsListener.Counts()))
  }
  if let event = answer.event { hold(event.line.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "an event is one line") }
}
