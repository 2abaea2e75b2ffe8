import Glibc
import Status

/// A conversation with an agent over its control socket: one request, one answer.
package final class AgentTalk {
  /// How long an answer may take, in milliseconds. The agent itself gives up on its own threads before that.
  static let patience: Int32 = 5_000

  package let connection: ControlConnection

  package init(path: String) throws(CommandFailure) {
    do {
      connection = try ControlConnection(path: path)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Says a request.
  package func send(_ verb: ControlRequest.Verb) {
    // An agent that refuses whoever has connected says why, and hangs up before it is asked: the answer tells.
    try? connection.send(ControlRequest(verb: verb))
  }

  /// Waits for the answer.
  package func answer(within milliseconds: Int32 = AgentTalk.patience) throws(CommandFailure) -> ControlAnswer {
    let answer: ControlAnswer
    do {
      answer = try connection.next(within: milliseconds)
    } catch {
      throw CommandFailure(error)
    }
    if let failure = answer.error { throw CommandFailure(failure) }
    guard answer.ok == true else {
      throw CommandFailure(text: "the agent's answer makes no sense to this program", exitCode: EX_UNAVAILABLE)
    }
    return answer
  }

  /// Asks, and waits for the answer.
  package func ask(
    _ verb: ControlRequest.Verb, within milliseconds: Int32 = AgentTalk.patience
  ) throws(CommandFailure) -> ControlAnswer {
    send(verb)
    return try answer(within: milliseconds)
  }

  /// Asks for the status.
  package func status(within milliseconds: Int32 = AgentTalk.patience) throws(CommandFailure) -> Status {
    guard let status = try ask(.status, within: milliseconds).status else {
      throw CommandFailure(text: "the agent's answer has no status", exitCode: EX_UNAVAILABLE)
    }
    return status
  }
}
