import ArgumentParser
import Glibc
import Netlink

/// `vipagent check`: says whether an agent would start with this configuration, on this host.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a configuration file, and whether this host fits it.",
    discussion: """
      Prints everything that is wrong to standard error. Exits with 0 if nothing is, with 78 (EX_CONFIG) otherwise.
      """)

  @Option(name: .long, help: ArgumentHelp("The configuration file.", valueName: "file"))
  var config = "/etc/vipagent/config.toml"

  @Option(name: .long, help: ArgumentHelp("Check for this node instead of the one this host is.", valueName: "name"))
  var node: String?

  @Flag(name: .long, help: "Check the file only: not the devices, name and key file of this host.")
  var noHost = false

  func run() throws {
    do {
      let loaded = try LoadedConfiguration.load(config)
      if !noHost, let complaint = try hostComplaint(loaded) { try refuse(complaint) }
      print("\(config): ok: \(loaded.configuration.summary)")
    } catch let error as ConfigError {
      try refuse(error.description)
    }
  }

  /// Everything that keeps this configuration from working on this host, or nil.
  private func hostComplaint(_ loaded: LoadedConfiguration) throws -> String? {
    var complaints: [String] = []
    var diagnostics: [ConfigDiagnostic] = loaded.check(nodeName: node ?? hostName())
    do {
      var socket = try RouteSocket()
      diagnostics += loaded.check(devices: try socket.links().map(\.name))
    } catch {
      diagnostics.append(ConfigDiagnostic("\(error)"))
    }
    if !diagnostics.isEmpty { complaints.append(ConfigError(file: config, diagnostics).description) }
    do {
      _ = try KeyRing.load(loaded.configuration.keys)
    } catch {
      complaints.append("\(error)")
    }
    return complaints.isEmpty ? nil : complaints.joined(separator: "\n")
  }

  private func refuse(_ complaint: String) throws -> Never {
    printError(complaint)
    throw ExitCode(EX_CONFIG)
  }
}

/// What `uname -n` prints (`gethostname(2)`).
func hostName() -> String {
  // HOST_NAME_MAX is 64 (limits.h), and the NUL.
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 65) { name in
    guard let start = name.baseAddress, gethostname(start, name.count) == 0 else { return "" }
    return String(cString: start)
  }
}

extension Configuration {
  /// `cluster loadb, 2 nodes, 1 group, 1 address, fingerprint 1a2b3c4d`.
  var summary: String {
    let addresses = groups.map(\.vips.count).reduce(0, +)
    let digits = String(fingerprint, radix: 16)
    return """
      cluster \(cluster), \(nodes.count) nodes, \(groups.count) \(groups.count == 1 ? "group" : "groups"), \
      \(addresses) \(addresses == 1 ? "address" : "addresses"), \
      fingerprint \(String(repeating: "0", count: 8 - digits.count))\(digits)
      """
  }
}
