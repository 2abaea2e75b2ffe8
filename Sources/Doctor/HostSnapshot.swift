import Configuration
import Control
import Glibc
import Netlink
import Status
import Support
import TakeoverCore

/// The host that is examined: everything that more than one check looks at, read once.
package struct HostSnapshot {
  let configPath: String
  let loaded: LoadedConfiguration
  /// What this host calls itself (`uname -n`), or what was given instead.
  let hostName: String
  /// This host's node as the configuration spells it; nil if the configuration does not name it.
  let nodeName: String?
  let keys: Result<KeyRing, KeyFileError>
  /// Devices and addresses; empty where the kernel did not say.
  let links: [Link]
  let addresses: [InterfaceAddress]
  /// Why the kernel did not say.
  let kernelRefusal: NetlinkError?
  let portUsers: PortUsers
  let agent: RunningAgent?
  /// Of the agent, or else of this process; nil where `/proc` does not say.
  let privileges: Privileges?
  /// What the agent says of itself, or why it does not; nil where none runs, or it has no control socket.
  private(set) var status: Result<Status, CommandFailure>?
  /// What was heard meanwhile.
  var wire = WireRecord()

  package var configuration: Configuration { loaded.configuration }

  /// Reads everything but the wire.
  /// - Parameters:
  ///   - account: who must be able to read configuration and keys.
  ///   - name: the node that the host is; what `uname -n` prints if none is given.
  /// - Throws: why the configuration cannot be read.
  package init(configPath: String, as account: Account, nodeName name: String?) throws(ConfigError) {
    self.configPath = configPath
    loaded = try LoadedConfiguration.load(configPath, as: account)
    hostName = name ?? NodeName.ofThisHost()
    nodeName = loaded.configuration.node(named: hostName)
    do throws(KeyFileError) {
      keys = .success(try KeyRing.load(loaded.configuration.keys, as: account))
    } catch {
      keys = .failure(error)
    }
    do throws(NetlinkError) {
      var socket = try RouteSocket()
      let snapshot = try socket.snapshot()
      (links, addresses, kernelRefusal) = (snapshot.links, snapshot.addresses, nil)
    } catch {
      (links, addresses, kernelRefusal) = ([], [], error)
    }
    portUsers = PortUsers(of: loaded.configuration.heartbeat.udpport)
    agent = RunningAgent(among: portUsers)
    privileges = Privileges(of: agent?.process ?? getpid())
    status = agent == nil ? nil : loaded.configuration.control.socket.map(Self.ask)
  }

  /// Asks an agent anew that has answered before: meanwhile it may have heard whom it did not hear yet.
  mutating func askAgain() {
    guard case .success = status, let path = configuration.control.socket else { return }
    status = Self.ask(path)
  }

  /// An agent that is well answers in milliseconds.
  private static func ask(_ path: String) -> Result<Status, CommandFailure> {
    Result { () throws(CommandFailure) in try AgentTalk(path: path).status(within: 2_000) }
  }

  func link(named name: String) -> Link? { links.first { $0.name == name } }

  /// The devices that heartbeats and addresses go over, each once, in the order of the file.
  var devices: [String] {
    var devices: [String] = []
    for device in configuration.heartbeat.bcast + vips.map(\.dev) where !devices.contains(device) {
      devices.append(device)
    }
    return devices
  }

  /// The addresses of all groups.
  var vips: [VIPSettings] { configuration.groups.flatMap(\.vips) }

  /// Every node but this one.
  var peers: [String] { configuration.nodes.filter { $0 != nodeName } }

  /// The name that a tag stands for, if the configuration has it.
  func node(_ tag: Tag) -> String? { configuration.nodes.first { Tag(of: $0) == tag } }

  /// The IPv4 addresses of a device that are not ours to move.
  func ownAddresses(on link: Link) -> [InterfaceAddress] {
    let shared = Set(vips.map(\.prefix.address))
    return addresses.filter {
      $0.link == link.index && $0.prefix.address.family == .v4 && !shared.contains($0.prefix.address)
    }
  }
}
