import ArgumentParser
import Control
import Glibc
import Linux
import Status
import Support
import TerminalUI

/// `vipagent events`: what happens, as it happens.
struct FollowEvents: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "Follow what happens: the lines of the log, as they are written.",
    discussion: """
      Runs until ^C ends it, or until nobody reads it.

      \(ExitCodes.table((0, "nobody reads it any more"), (69, "the agent has ended, and --wait is not given"), mayNot: .ask))
      """)

  @OptionGroup var agent: AgentOptions

  @Flag(name: .long, help: "Print each event as a JSON object in one line; docs/log.md lists the kinds.")
  var json = false

  @Flag(name: .long, help: "Wait for an agent, also when the one that is followed ends.")
  var wait = false

  func run() throws {
    try reporting {
      let path = try agent.socketPath()
      var hasComplained = false
      while true {
        do {
          let talk = try AgentTalk(path: path)
          _ = try talk.ask(.events)
          hasComplained = false
          try follow(talk.connection)
        } catch let failure as CommandFailure {
          guard wait, failure.exitCode == EX_UNAVAILABLE else { throw failure }
          if !hasComplained { printError("vipagent: waiting for an agent at \(path.printable)") }
          hasComplained = true
          sleep(1)
        }
      }
    }
  }

  /// Prints events until the agent ends or nobody reads them.
  private func follow(_ connection: ControlConnection) throws {
    do {
      while true {
        while let answer = try connection.takeAnswer() {
          if let event = answer.event { try printOut(json ? event.jsonLine : event.line + "\n") }
        }
        try waitForInput(connection.descriptor)
        try connection.receive()
      }
    } catch let error as ControlConnectionError {
      throw CommandFailure(error)
    }
  }

  /// Waits for the agent, and for the end of whoever reads: he may be gone long before the next event.
  private func waitForInput(_ descriptor: Int32) throws(OutputFailure) {
    var ready = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: STDOUT_FILENO, events: 0, revents: 0),
    ]
    while true {
      guard poll(&ready, nfds_t(ready.count), -1) > 0 else { continue }
      if ready[1].revents & Int16(POLLERR | POLLNVAL) != 0 { throw OutputFailure(errno: Errno(rawValue: EPIPE)) }
      if ready[0].revents != 0 { return }
      // A hang-up of the terminal ends the process by SIGHUP.
      ready[1].fd = -1
    }
  }
}

extension EventRecord {
  /// As the log has it: `2026-11-22 14:03:07.123 warning: loadb2 is late`.
  package var line: String { "\(TimeText.local(time, isPrecise: true).printable)\(word): \(message.printable)" }

  /// As the log calls it, where it is worth a word.
  private var word: String {
    priority == "notice" || priority == "informational" || priority == "debug" ? "" : " \(priority.printable)"
  }

  /// The same without the date, wrapped: so the end of a sentence, where the reason often is, can be read.
  func lines(width: Int) -> [String] {
    let margin = Self.timeWidth + 1
    let time = TimeText.local(time, isPrecise: true)
    let shown = (time.utf8.count == 23 ? String(time.suffix(Self.timeWidth)) : time).printable.clipped(
      to: Self.timeWidth)
    let text = Paragraph.wrap(
      "\(word.dropFirst())\(word.isEmpty ? "" : ": ")\(message.printable)", width: max(width - margin, 1))
    return text.enumerated().map { number, line in
      let head = number == 0 ? shown : ""
      return head + String(repeating: " ", count: margin - head.columns) + line
    }
  }

  /// `14:03:07.123`.
  private static let timeWidth = 12
}
