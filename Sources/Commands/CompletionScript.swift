import ArgumentParser

/// What a shell reads to complete command lines: the script that the parser makes, and what the parser leaves out.
struct CompletionScript {
  let text: String

  init(for shell: CompletionShell) {
    let script = CompletedCommands.completionScript(for: shell)
    let commands = Vipagent.commands.joined(separator: " ")
    text =
      switch shell {
      case .bash: Self.completingHelpInBash(script, commands)
      case .zsh: script.replacing("'*:subcommands:'", with: "':command:(\(commands))'")
      default: script + Self.helpInFish(commands)
      }
  }

  /// The script that the words ask for; nil where they ask for none, or the parser says what is wrong with them.
  init?(askedForBy arguments: [String]) {
    let parts = (arguments.first ?? "").split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.first == "--generate-completion-script" else { return nil }
    let name = parts.count == 2 ? String(parts[1]) : arguments.dropFirst().first
    guard let shell = name.map({ CompletionShell(rawValue: $0) }) ?? .autodetected() else { return nil }
    self.init(for: shell)
  }

  private static func completingHelpInBash(_ script: String, _ commands: String) -> String {
    let options = "    __vipagent_offer_flags_options -1\n"
    return script.replacing(
      options,
      with: """
        \(options)
            # Offer the commands that there is help for
            [[ "${cur}" = -* ]] || COMPREPLY+=($(compgen -W '\(commands)' -- "${cur}"))

        """)
  }

  private static func helpInFish(_ commands: String) -> String {
    let condition = "__vipagent_should_offer_completions_for_positional \"vipagent help\" -eq 1"
    return "\ncomplete -c 'vipagent' -n '\(condition)' -fa '\(commands)'"
  }
}

/// The commands as a shell completes them: the options of the default command may follow the program's name. To the parser
/// they must not belong to the program itself, where they would be taken from the commands that have the same.
private struct CompletedCommands: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: Vipagent.configuration.commandName,
    abstract: Vipagent.configuration.abstract,
    version: Vipagent.configuration.version,
    subcommands: Vipagent.configuration.subcommands)

  @OptionGroup var run: Run
}
