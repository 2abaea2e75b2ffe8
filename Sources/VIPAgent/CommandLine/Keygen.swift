import ArgumentParser

/// `vipagent keygen`: makes a key file, or adds a key to one.
struct Keygen: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a key file, or add a key to one.",
    discussion: """
      Without --add the file must not exist: keys are never overwritten. It gets one key, and mode 0600.
      """)

  @Argument(help: ArgumentHelp("The key file.", valueName: "file"))
  var file: String

  @Flag(name: .long, help: "Add a key with the next free number to an existing file; `auth` stays as it is.")
  var add = false

  func run() throws {
    do {
      if add {
        let id = try KeyGenerator.add(to: file)
        print(Self.afterAdding(id, file))
      } else {
        try KeyGenerator.create(file)
        print("\(file): key 1 made. Copy the file to every node, mode 0600: they hear only those that have it.")
      }
    } catch {
      printError("\(error)")
      throw ExitCode.failure
    }
  }

  private static func afterAdding(_ id: UInt8, _ file: String) -> String {
    """
    \(file): key \(id) added; it verifies, but does not sign yet. To change over without a gap:
      1. copy the file to every node, and reload each agent
      2. set `auth \(id)` in every copy, and reload each agent
      3. remove the old key from every copy, and reload each agent
    """
  }
}
