import ArgumentParser
import Control
import Glibc
import Linux
import Status
import Support
import TakeoverCore
import TerminalUI

/// `vipagent watch`: the status, live.
struct Watch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Watch the status live in the terminal.",
    discussion: """
      Shows what fits, the most important first, anew every second and with every event. Ends with q or ^C. When the agent \
      ends it waits for the next one.

      Exit codes: 0 ended, 64 wrong use, or there is no terminal, 78 the configuration file given with --config is wrong.
      """)

  @OptionGroup var agent: AgentOptions

  func run() throws {
    try reporting {
      let path = try agent.socketPath()
      let signals = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT])
      let screen: LiveScreen
      do {
        screen = try LiveScreen()
      } catch {
        throw CommandFailure(
          text: "watch needs a terminal\n  hint: `vipagent status` and `vipagent events` do not", exitCode: EX_USAGE)
      }
      defer { screen.leave() }
      Self.show(LiveSource(path: path), on: screen, signals)
    }
  }

  /// Until somebody wants to see no more.
  private static func show(_ source: LiveSource, on screen: LiveScreen, _ signals: borrowing SignalDescriptor) {
    let style = Terminal().style
    while true {
      source.advance(at: .now)
      let (width, height) = screen.size
      let clock = TimeText.local(TimeText.of(milliseconds: WallClock.now()))
      let view = LiveView(
        status: source.status, problem: source.problem, events: source.events, path: source.path, clock: clock)
      screen.show(view.lines(width: width, height: height), style)
      if !wait(for: source, signals, screen) { return }
    }
  }

  /// Waits for something to show: an answer, an event, another size, or the next second.
  /// - Returns: false when it is time to end.
  private static func wait(
    for source: LiveSource, _ signals: borrowing SignalDescriptor, _ screen: LiveScreen
  ) -> Bool {
    let nextSecond = Instant.now + .seconds(1)
    while true {
      let now = Instant.now
      let deadline = min(nextSecond, source.deadline)
      if now >= deadline { return true }
      var ready = ([STDIN_FILENO, signals.descriptor.raw] + source.descriptors)
        .map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      poll(&ready, nfds_t(ready.count), Int32((deadline - now).nanoseconds / 1_000_000 + 1))
      if ready[0].revents != 0, !readKeys() { return false }
      if ready[1].revents != 0 {
        guard let number = signals.next()?.signal, number == SIGWINCH || number == SIGCONT else { return false }
        if number == SIGCONT { screen.enter() }
        return true
      }
      if source.receive(at: .now) { return true }
    }
  }

  /// - Returns: false where a key, or the end of the terminal, ends the view.
  private static func readKeys() -> Bool {
    var keys = [UInt8](repeating: 0, count: 64)
    let count = read(STDIN_FILENO, &keys, keys.count)
    guard count > 0 else { return count < 0 && (errno == EINTR || errno == EAGAIN) }
    let (interrupt, endOfFile): (UInt8, UInt8) = (0x03, 0x04)
    return !keys.prefix(count).contains { [UInt8(ascii: "q"), UInt8(ascii: "Q"), interrupt, endOfFile].contains($0) }
  }
}
