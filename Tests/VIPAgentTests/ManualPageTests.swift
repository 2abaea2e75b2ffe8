import ArgumentParser
import FoundationEssentials
import Testing

@testable import Commands
@testable import Configuration
@testable import Support

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
    for name in ["run", "check", "keygen", "release", "doctor", "hb_standby", "hb_takeover", "cl_status"] {
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

  // MARK: - The same as the program and the documents

  /// A page's entries as they are read, without the marks of fonts.
  private func entries(of name: String) throws -> [String] {
    let plain = try page(name).replacing(#/\\f[A-Z]|"/#, with: "").replacing("\\ ", with: " ")
      .replacing(#/(?m)^\.([BIR]{1,2}|PP|in.*|E[XE]) ?/#, with: "")
    return plain.replacing(#/(?m)^\.S[SH] /#, with: ".TP\n").split(separator: ".TP\n").map(String.init)
  }

  private func entry(_ word: String, in entries: [String]) -> String {
    entries.first { $0.hasPrefix("\(word)\n") || $0.hasPrefix("\(word) ") } ?? ""
  }

  private func document(_ path: String) throws -> String {
    String(decoding: try readFile(repositoryPath(path), limit: 1 << 20), as: UTF8.self)
  }

  /// Which options a command has, by its name. What all have is not among them, nor what says where the agent is.
  private func optionsOfCommands() throws -> [String: [String]] {
    struct Tool: Decodable { let command: Command }
    struct Command: Decodable {
      let commandName: String
      let subcommands: [Command]?
      let arguments: [Argument]?
    }
    struct Argument: Decodable {
      let kind: String
      let names: [Name]?
    }
    struct Name: Decodable { let kind: String, name: String }
    let tool = try JSONDecoder().decode(Tool.self, from: Data(Vipagent._dumpHelp().utf8))
    let commands = (tool.command.subcommands ?? []).filter { $0.commandName != "help" }.map { command in
      let names = (command.arguments ?? []).flatMap { $0.names ?? [] }.filter { $0.kind == "long" }.map(\.name)
      let common = names.contains("socket") ? ["help", "version", "socket", "config"] : ["help", "version"]
      return (command.commandName, names.filter { !common.contains($0) }.map { "--\($0)" })
    }
    return Dictionary(uniqueKeysWithValues: commands)
  }

  @Test func everyOptionIsNamedWithItsCommand() throws {
    let entries = try entries(of: "vipagent.8")
    let rows = try document("docs/commands.md").split(separator: "\n").filter { $0.hasPrefix("| `") }
    for (command, options) in try optionsOfCommands() {
      let entry = entry(command, in: entries)
      #expect(!entry.isEmpty, "\(command)")
      let row = rows.first { $0.hasPrefix("| `\(command)`") || $0.hasPrefix("| `\(command) ") } ?? ""
      for option in options {
        #expect(entry.contains(option), "vipagent.8: \(command) \(option)")
        #expect(row.contains(option), "docs/commands.md: \(command) \(option)")
      }
    }
  }

  @Test func everyExitCodeHasAnEntry() throws {
    let page = try page("vipagent.8")
    let section = try #require(page.split(separator: ".SH ").first { $0.hasPrefix("\"EXIT STATUS\"") })
    let rows = try document("docs/commands.md").matches(of: #/(?m)^\| (\d+) \|/#)
    #expect(rows.count > 5)
    for row in rows { #expect(section.contains("\n\(row.output.1)\tT{"), "\(row.output.1)") }
  }

  /// The example shows the default of a key behind a `#`; some are made of other keys.
  @Test func everyDefaultIsInTheEntryOfItsKey() throws {
    let entries = try entries(of: "vipagent.toml.5")
    let computed = ["warntime", "initdead", "preferred", "broadcast", "ask", "command"]
    let defaults = try document("config.example.toml").matches(of: #/(?m)^\#(\w+) *= (?:"(.+?)"|([\w.]+))/#)
    #expect(defaults.count > 10)
    for (_, key, text, word) in defaults.map(\.output) where !computed.contains(String(key)) {
      let value = text ?? word ?? ""
      #expect(entry(String(key), in: entries).contains(value), "\(key): \(value)")
    }
  }

  @Test(arguments: ["vipagent.8", "vipagent.toml.5"]) func theExampleIsNamed(name: String) throws {
    #expect(try page(name).contains("/usr/share/doc/vipagent/examples/config.example.toml"))
  }

  @Test func theExampleIsTheManualsCluster() throws {
    let readme = try document("README.md")
    let block = try #require(readme.firstMatch(of: #/```toml\n\# .*\n((?s:.*?))```/#)).output.1
    let example = try page("vipagent.toml.5").split(separator: ".SH EXAMPLE\n.EX\n").last?.split(separator: ".EE").first
    func lines(_ text: Substring?) -> [Substring] { (text ?? "").split(separator: "\n") }
    #expect(lines(example) == lines(block))
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
    #expect(CompletionScript(for: shell).text.split(separator: "\n") == kept.split(separator: "\n"))
  }
}
