/// What ends a finding, or shows what there is to decide: something to type, to write into a file, or to do by hand.
///
/// Nothing of it harms a service that runs: it takes away no address that the host lives by, ends no program that is not
/// the agent, and overwrites nothing before it was looked at. What changes a setting comes with what keeps it over a boot.
struct Remedy: Equatable, Sendable {
  /// How it is done.
  enum Manner: String, Sendable {
    /// Typed into a shell.
    case command
    /// Written into a file.
    case line
    /// Done elsewhere, at a switch or in another program.
    case advice
  }

  let kind: Kind
  /// To the letter, but for words in capitals, which are the reader's to fill in.
  let text: String
  /// Where, when or whether; nil where that is plain.
  let comment: String?

  init(_ kind: Kind, _ text: String, _ comment: String? = nil) {
    self.kind = kind
    self.text = text
    self.comment = comment
  }

  /// As it is printed: `ip link set eth0 up  # and in the network's configuration, for the next boot`.
  var line: String { comment.map { "\(text)  # \($0)" } ?? text }
}

extension Remedy {
  /// What it does. Of every one that is typed or written a test does it and sees the finding gone (RemedyTests in the lab).
  enum Kind: String, CaseIterable, Sendable {
    case setSetting, keepSetting, mendFile
    case setUp, stopSpanningTree, addAddress, removeAddress, releaseAddresses
    case acceptHeartbeats, exemptHeartbeats, keepRule
    case startAgent, restartAgent, reloadAgent, stopAgent, renameHost
    case copyConfiguration, copyKeys

    case compareConfigurations, compareKeys, checkConfiguration, examinePeer, showVersion
    case listRules, listDevices, showDevice, showRoutes, showPortUsers, showLog, findStranger, showAddresses

    case chooseAddress, chooseDevice, choosePort, nameNode, nameCluster, lengthenInitdead
    case grantCapability, grantPriority, grantMemory

    case elsewhere

    var manner: Manner {
      switch self {
      case .elsewhere: .advice
      case .keepRule, .chooseAddress, .chooseDevice, .choosePort, .nameNode, .nameCluster, .lengthenInitdead,
        .grantCapability, .grantPriority, .grantMemory:
        .line
      default: .command
      }
    }
  }
}
