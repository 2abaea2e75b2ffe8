import Testing

@testable import Commands

/// A command line that is wrong is shown with the place marked, as a configuration is.
struct CommandLineErrorTests {
  private func text(_ words: [String], _ message: String, _ help: String? = nil) -> String {
    CommandLineError(arguments: words, message: message, help: help, commands: Vipagent.commands).description
  }

  @Test func anUnknownOptionIsMarked() {
    #expect(
      text(["status", "--jsno"], "Unknown option '--jsno'. Did you mean '--json'?") == """
        vipagent: error: unknown option '--jsno'
          vipagent status --jsno
                          ^~~~~~
          hint: did you mean '--json'?
          hint: `vipagent status --help` has all there is
        """)
  }

  @Test func anUnknownOptionOfTheDefaultCommandIsSaidToBeUnknown() {
    let error = #expect(throws: CommandLineError.self) { try Vipagent.read(["--confg", "x"]) }
    #expect(
      error?.description == """
        vipagent: error: unknown option '--confg'
          vipagent --confg x
                   ^~~~~~~
          hint: did you mean '--config'?
          hint: `vipagent --help` has all there is
        """)
  }

  @Test func anInvalidValueIsMarked() {
    #expect(
      text(["doctor", "--listen", "5"], "The value '5' is invalid for '--listen <time>'", "--listen <time>  As 10s.")
        == """
        vipagent: error: the value '5' is invalid for '--listen <time>'
          vipagent doctor --listen 5
                                   ^
          hint: --listen <time>: as 10s
          hint: `vipagent doctor --help` has all there is
        """)
  }

  @Test func whatIsMissingIsMissingAtTheEnd() {
    #expect(
      text(["keygen"], "Missing expected argument '<file>'") == """
        vipagent: error: missing expected argument '<file>'
          vipagent keygen
                          ^
          hint: `vipagent keygen --help` has all there is
        """)
  }

  /// Two options that exclude each other, an option with its value in one word, a word that would steer the terminal.
  @Test func hardOnes() {
    let both = text(["status", "--socket", "/x", "--config=/y"], "--socket and --config both say where the agent is.")
    #expect(both.contains("\n                  ^~~~~~~~\n"), "\(both)")
    let joined = text(["status", "--config=/y"], "Unknown option '--config'")
    #expect(joined.contains("\n                  ^~~~~~~~~~~\n"), "\(joined)")
    let hostile = text(["\u{1b}[2J"], "There is no command '\u{1b}[2J'.")
    #expect(!hostile.contains("\u{1b}"))
    #expect(
      text([], "There is nothing to do. Give a command.") == """
        vipagent: error: there is nothing to do
          hint: give a command
          hint: `vipagent --help` has all there is
        """)
  }
}
