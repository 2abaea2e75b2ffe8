import ArgumentParser
import Glibc
import Linux

/// `vipagent keygen`: makes a key file, or adds a key to one.
struct Keygen: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a key file, or add a key to one.",
    discussion: """
      Without --add the file must not exist: keys are never overwritten. It gets one key, and mode 0600.

      Exit codes: 0 made, 1 not made, 64 wrong use.
      """)

  @Argument(help: ArgumentHelp("The key file.", valueName: "file"), completion: .file())
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
      printError("vipagent: \(error)\(Self.hint(for: error, file).map { "\n  hint: \($0)" } ?? "")")
      throw ExitCode.failure
    }
  }

  /// What to do where the file is there and should not be, or the other way round.
  private static func hint(for error: any Error, _ file: String) -> String? {
    switch (error as? SystemError)?.errno.rawValue {
    case EEXIST: "keys are never overwritten: `vipagent keygen --add \(file.printable)` adds one"
    case ENOENT: "is the folder there? /etc/vipagent is made by the package, or by `install -d -m 0755 /etc/vipagent`"
    default: nil
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
