import ArgumentParser
import Control
import Glibc
import Support

/// As which user of this host files are judged, and as which node.
struct JudgingOptions: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("Judge for this node instead of the one this host is.", valueName: "name"))
  var node: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Judge the files as this user may read them; the service's, vipagent, if left out and there is one.",
      valueName: "name"))
  var user: String?

  /// Whose eyes are used: as given, else the service's where this process can, else its own.
  func account() throws(CommandFailure) -> Account {
    guard let user else {
      if let service = Account.ofService, service.mayBeTried { return service }
      return .current
    }
    guard let account = Account(named: user) else {
      throw CommandFailure(text: "--user: this host has no user \(user.printable)", exitCode: EX_USAGE)
    }
    guard account.mayBeTried else {
      throw CommandFailure(text: "--user: it takes root to judge as another user", exitCode: EX_NOPERM)
    }
    return account
  }
}
