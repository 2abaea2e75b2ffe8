import ArgumentParser
import Glibc
import Testing

@testable import Commands
@testable import Control

/// What is wrong with a command line is said with what was meant.
struct CommandLineTests {
  @Test(arguments: [("sttaus", "status"), ("take-over", "takeover"), ("failback", "fail-back"), ("Standby", "standby")])
  func aMistypedCommandIsRecognized(_ word: String, _ meant: String) {
    #expect(Vipagent.complaint(about: [word]) == "There is no command '\(word)'. Did you mean '\(meant)'?")
  }

  @Test func whatIsNoCommandIsLeftToTheParser() {
    for arguments in [
      ["--config", "x"], ["help"], ["help", "--version"], ["status"], ["help", "status"], ["run", "--config", "x"],
    ] {
      #expect(Vipagent.complaint(about: arguments) == nil)
    }
    #expect(Vipagent.complaint(about: []) != nil)
    #expect(Vipagent.complaint(about: ["help", "sttaus"]) == Vipagent.complaint(about: ["sttaus"]))
    #expect(Vipagent.complaint(about: ["\u{1b}[2Jxyzzyplugh"]) == #"There is no command '\u001b[2Jxyzzyplugh'."#)
  }

  @Test func everyCommandParses() throws {
    for words in [
      ["status", "--json"], ["watch"], ["events", "--wait", "--json"], ["metrics"], ["version"], ["reload"],
      ["standby", "director", "--force"], ["standby"], ["available", "director"], ["takeover", "--force"],
      ["fail-back", "director", "--socket", "/x"],
    ] {
      let command = try Vipagent.parseAsRoot(words)
      #expect(type(of: command)._commandName == words[0])
    }
  }

  /// As every other command that reads it.
  @Test func theAgentHasTheUsualConfiguration() throws {
    for (words, path) in [
      (["run"], "/etc/vipagent/config.toml"), (["--node", "a"], "/etc/vipagent/config.toml"), (["--config", "x"], "x"),
    ] {
      let run = try #require(Vipagent.read(words) as? Run)
      #expect(run.config == path, "\(words)")
    }
  }

  @Test func theSocketIsFound() throws {
    #expect(try ShowStatus.parse(["--socket", "/x/y"]).agent.socketPath() == "/x/y")
    let folder = TemporaryFile(
      """
      cluster = "c"
      [heartbeat]
      bcast = ["eth0"]
      [auth]
      keys = "/k"
      [[node]]
      name = "a"
      [[node]]
      name = "b"
      [[group]]
      name = "g"
      [[group.vip]]
      address = "192.0.2.1/24"
      dev = "eth0"
      [control]
      socket = "/run/other.sock"
      """)
    #expect(try ShowStatus.parse(["--config", folder.path]).agent.socketPath() == "/run/other.sock")
    let off = TemporaryFile(folder.text.replacing("/run/other.sock", with: "off"))
    #expect(throws: CommandFailure.self) { try ShowStatus.parse(["--config", off.path]).agent.socketPath() }
    #expect(throws: (any Error).self) { try ShowStatus.parse(["--config", off.path, "--socket", "/x"]) }
  }

  @Test(arguments: [
    ("forbidden", EX_NOPERM), ("unknown_group", EX_USAGE), ("no_answer", EX_UNAVAILABLE), ("refused", EXIT_FAILURE),
    ("failed", EXIT_FAILURE), ("busy", EX_TEMPFAIL),
  ]) func refusalsHaveExitCodes(_ code: String, _ exitCode: Int32) {
    #expect(CommandFailure(ControlFailure(code: code, message: "no")).exitCode == exitCode)
  }

  @Test func aRefusalIsPrintable() {
    let failure = CommandFailure(ControlFailure(code: "refused", message: "a\nb\u{1b}[2J", hint: "c\nd"))
    #expect(failure.text == "refused: a\nb\\u001b[2J\n  hint: c\\u000ad")
  }
}

/// A file that goes with the object.
private final class TemporaryFile {
  let path: String
  let text: String

  init(_ text: String) {
    var template = Array("/tmp/vipagent-test.XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    self.text = text
    _ = write(descriptor, text, text.utf8.count)
    close(descriptor)
  }

  deinit { unlink(path) }
}
