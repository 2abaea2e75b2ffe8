import ArgumentParser
import Configuration
import Glibc
import Linux
import Support
import TerminalUI

/// `vipagent keygen`: makes a key file, or adds a key to one.
struct Keygen: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a key file, or add a key to one.",
    discussion: """
      Without --add the file must not exist: keys are never overwritten. It gets one key, and mode 0600, and belongs to the \
      user vipagent if this host has that user and root makes it. With --add its owner, group, mode and access control list \
      stay as they are.

      Exit codes: 0 made, 1 not made, 64 wrong use.
      """)

  @Argument(help: ArgumentHelp("The key file.", valueName: "file"), completion: .file())
  var file: String

  @Flag(name: .long, help: "Add a key with the next free number to an existing file; `auth` stays as it is.")
  var add = false

  func run() throws {
    SecretMemory.forbidCoreFiles()
    do {
      if add {
        let id = try KeyGenerator.add(to: file)
        print(Self.afterAdding(id, file))
      } else {
        let owner = try KeyGenerator.create(file)
        print(Self.afterMaking(file, for: owner))
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

  private static func afterMaking(_ file: String, for owner: String?) -> String {
    let whose = owner.map { " for user \($0)" } ?? ""
    let there = owner.map { ", and chown it to \($0) there, too" } ?? ""
    return
      "\(file): key 1 made\(whose). Copy the file to every node, mode 0600\(there): they hear only those that have it."
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
