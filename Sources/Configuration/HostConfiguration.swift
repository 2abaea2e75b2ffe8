import Netlink
import Support

/// A configuration that fits this host, with the keys it names: all that an agent needs to start or to reload.
package struct HostConfiguration: Sendable {
  package let configuration: Configuration
  package let keys: KeyRing
  /// This host's node, as the configuration spells it.
  package let nodeName: String
  /// Devices that the configuration names and the host does not have now. An agent waits for them; a check refuses.
  package let missingDevices: [ConfigDiagnostic]
  /// Addresses of the configuration that the host has by itself. An agent does not take their groups; a check refuses.
  package let takenAddresses: [ConfigDiagnostic]
  /// Users and groups that the configuration names and the host does not know. An agent admits them not; a check refuses.
  package let missingPrincipals: [ConfigDiagnostic]

  /// What the configuration does on this host that may not be meant. An agent says so and goes on.
  package let doubts: [ConfigDiagnostic]
  /// Devices of addresses that have no neighbours: nothing is announced on them.
  package let quietDevices: Set<String>

  /// Reads the configuration and the keys, and looks whether the host has the devices and the name.
  /// - Parameters:
  ///   - path: the configuration file.
  ///   - nodeName: the node that the host is; what `uname -n` prints if none is given.
  ///   - account: who must be able to read both.
  /// - Throws: everything that is wrong, not only the first.
  package init(path: String, nodeName: String? = nil, as account: Account = .current) throws(ConfigRefusal) {
    let loaded: LoadedConfiguration
    do {
      loaded = try LoadedConfiguration.load(path, as: account)
    } catch {
      throw ConfigRefusal([error.description])
    }
    let name = nodeName ?? NodeName.ofThisHost()
    var diagnostics = loaded.check(nodeName: name, isGiven: nodeName != nil)
    var missing: [ConfigDiagnostic] = []
    var taken: [ConfigDiagnostic] = []
    var links: [Link] = []
    var doubts: [ConfigDiagnostic] = []
    do {
      var socket = try RouteSocket()
      let snapshot = try socket.snapshot()
      links = snapshot.links
      let other = loaded.otherNames(among: links)
      diagnostics += other
      missing = loaded.check(devices: links.map(\.name)).filter { mention in
        !other.contains { $0.position == mention.position }
      }
      taken = loaded.check(addresses: snapshot)
      doubts = loaded.doubts(links: links, addresses: snapshot.addresses)
    } catch {
      diagnostics.append(ConfigDiagnostic("\(error)"))
    }
    var ring: KeyRing?
    var keyComplaint: KeyFileError?
    do {
      ring = try KeyRing.load(loaded.configuration.keys, as: account)
    } catch {
      keyComplaint = error
    }
    guard let ring, let node = loaded.configuration.node(named: name), diagnostics.isEmpty else {
      let all = diagnostics + missing + taken
      let complaints = [all.isEmpty ? nil : ConfigError(file: path, all).description, keyComplaint?.description]
      throw ConfigRefusal(complaints.compactMap(\.self))
    }
    configuration = loaded.configuration
    keys = ring
    self.nodeName = node
    missingDevices = missing
    takenAddresses = taken
    missingPrincipals = loaded.checkPrincipals()
    self.doubts = doubts
    quietDevices = Set(links.filter { !$0.speaksARP }.map(\.name))
  }
}

/// Why an agent does not start, or does not reload, with a configuration: ready to be shown.
package struct ConfigRefusal: Error, CustomStringConvertible {
  let complaints: [String]

  init(_ complaints: [String]) { self.complaints = complaints }

  /// One complaint below the other.
  package var description: String { complaints.joined(separator: "\n") }
}
