import Configuration
import Engine
import Support
import TakeoverCore

/// The text of a configuration file, until an agent would run with it.
func fuzzConfig(_ bytes: UnsafeRawBufferPointer) {
  let text = Array(bytes)
  do throws(ConfigError) {
    let loaded = try LoadedConfiguration(parsing: text, file: "config.toml")
    checkAccepted(loaded)
    let longer = try? LoadedConfiguration(parsing: text + Array("\n# a comment\n".utf8), file: "config.toml")
    hold(longer?.configuration == loaded.configuration, "a comment at the end changes nothing")
  } catch {
    hold(!error.diagnostics.isEmpty, "a refusal says why")
    hold(error.diagnostics.count <= ConfigReport.limit, "there are not too many complaints")
    check(error.diagnostics, in: text)
  }
}

/// What is accepted keeps the promises of ``Configuration``, and fits the core and the prober.
private func checkAccepted(_ loaded: LoadedConfiguration) {
  let configuration = loaded.configuration
  let heartbeat = configuration.heartbeat
  hold((2...16).contains(configuration.nodes.count), "2...16 nodes")
  hold((1...32).contains(configuration.groups.count), "1...32 groups")
  hold((1...4).contains(heartbeat.bcast.count) && heartbeat.udpport > 0, "1...4 devices and a port")
  hold(heartbeat.keepalive >= .milliseconds(1), "1 ms at least")
  hold(heartbeat.warntime >= heartbeat.keepalive && heartbeat.warntime <= heartbeat.deadtime, "warntime lies between")
  hold(heartbeat.deadtime > heartbeat.keepalive * 2 && heartbeat.deadtime <= .seconds(600), "deadtime is in range")
  hold(heartbeat.initdead >= heartbeat.deadtime && heartbeat.initdead <= .seconds(3_600), "initdead is in range")
  hold(configuration.groups.allSatisfy { !$0.vips.isEmpty }, "every group has an address")
  hold(configuration.groups.allSatisfy { $0.preferred.count == configuration.nodes.count }, "every node has a rank")
  hold(!configuration.summary.isEmpty && !configuration.canonicalText.isEmpty, "it can be shown")
  let groups = configuration.groups.map(GroupAddresses.init)
  let probes = ProbeTable(groups, devices: Array(Set(groups.flatMap(\.vips).map(\.dev))))
  hold(probes.all.allSatisfy { probes.group(of: IPv4Number(rawValue: $0)) != nil }, "every address has its group")
  let diagnostics = loaded.check(devices: ["eth0", "lo"]) + loaded.check(nodeName: "\u{1b}[31mstranger")
  for diagnostic in diagnostics { checkText(of: diagnostic) }
  var core = TakeoverCore(cluster: configuration.cluster(seenFrom: configuration.nodes[0]), session: 1)
  var actions = ActionList()
  for event in [.started, .hearing, .timer] as [Event] { core.handle(event, at: .origin, into: &actions) }
  hold(core.nextDeadline > .origin, "time goes on")
}

private func check(_ diagnostics: [ConfigDiagnostic], in text: [UInt8]) {
  let lines = text.count { $0 == UInt8(ascii: "\n") } + 1
  for diagnostic in diagnostics {
    hold((1...lines).contains(diagnostic.position?.line ?? 0), "a complaint is about a line of the file")
    checkText(of: diagnostic)
  }
}

/// It can be shown: it is short, and a terminal does nothing but write it.
private func checkText(of diagnostic: ConfigDiagnostic) {
  let text = diagnostic.description(file: "config.toml")
  hold(text.utf8.count <= 8_192, "a complaint is short: \(text.utf8.count) bytes")
  hold(!text.utf8.contains { $0 < 0x20 && $0 != 0x0a && $0 != 0x09 }, "a complaint has no control characters")
}
