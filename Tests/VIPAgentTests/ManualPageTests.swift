import ArgumentParser
import Testing

@testable import VIPAgent

/// The manual pages say of every command and every key.
@Suite struct ManualPageTests {
  private func page(_ name: String) throws -> String {
    let bytes = try readFile(repositoryPath("packaging/man/\(name)"), limit: 1 << 20)
    return String(decoding: bytes, as: UTF8.self).replacing("\\-", with: "-")
  }

  @Test func everyCommandHasAnEntry() throws {
    let page = try page("vipagent.8")
    let names = Vipagent.configuration.subcommands.compactMap { $0.configuration.commandName }
    #expect(names.count > 5)
    for name in names { #expect(page.contains(name), "\(name)") }
    for name in ["run", "check", "keygen", "release", "doctor", "demo", "hb_standby", "hb_takeover", "cl_status"] {
      #expect(page.contains(name), "\(name)")
    }
  }

  @Test func everyKeyHasAnEntry() throws {
    let page = try page("vipagent.toml.5")
    for table in ConfigTable.allCases where table != .top {
      #expect(page.contains(".SS \(table.title)\n"), "\(table.title)")
    }
    let tables = ["heartbeat", "auth", "node", "group", "control", "metrics", "vip"]
    for key in ConfigTable.allCases.flatMap(\.keys) where !tables.contains(key) {
      #expect(page.contains(".B \(key)\n"), "\(key)")
    }
  }

  @Test func theyAreOfThisVersion() throws {
    for name in ["vipagent.8", "vipagent.toml.5", "vipagent-protocol.7"] {
      #expect(try page(name).contains("\"vipagent \(version)\""), "\(name)")
    }
  }

  /// `vipagent --generate-completion-script SHELL` writes them anew.
  @Test(arguments: [(CompletionShell.bash, "vipagent.bash"), (.zsh, "_vipagent"), (.fish, "vipagent.fish")])
  func theCompletionsAreWhatTheParserMakes(shell: CompletionShell, file: String) throws {
    let bytes = try readFile(repositoryPath("packaging/completions/\(file)"), limit: 1 << 20)
    let kept = String(decoding: bytes, as: UTF8.self)
    #expect(Vipagent.completionScript(for: shell).split(separator: "\n") == kept.split(separator: "\n"))
  }
}
