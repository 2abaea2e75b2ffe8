import Configuration
import Engine
import Linux
import Log
import Status
import Support
import TakeoverCore

/// The configurations that the agent runs on: reads them, makes generations of them, and keeps every generation alive for as long as
/// a thread may use it.
///
/// The main thread's alone. A new configuration counts wholly or not at all.
final class Generations {
  let configPath: String
  /// What the newest generation was made of.
  private var host: HostConfiguration
  private let session: UInt64
  private let log: Log
  private let commands: Mailbox<HeartbeatCommand>
  private let service: ServiceReporter?
  private let users: LocalUsers
  /// Generations that a thread may still use, the newest last and never gone.
  private var generations: [Generation]
  /// The number of the generation that a reload has made, to know when it is in force.
  private var reloading = 0
  /// What is said when it is.
  private(set) var reloadMessages: [Message] = []
  /// When the configuration in force was read.
  private(set) var configured = Moment.now
  /// Why the last reload was refused; nil where it was not.
  private(set) var refusal: String?

  /// - Parameter host: what the first generation was made of.
  init(
    _ first: Generation, of host: HostConfiguration, path: String, session: UInt64, commands: Mailbox<HeartbeatCommand>,
    service: ServiceReporter?, users: LocalUsers, log: Log
  ) {
    configPath = path
    self.host = host
    self.session = session
    self.commands = commands
    self.service = service
    self.users = users
    self.log = log
    generations = [first]
  }

  /// What the configuration does on this host that may not be meant, each in a sentence.
  var doubts: [String] { host.doubts.map(\.message) }
  /// Devices that an address is not announced on.
  var quietDevices: Set<String> { host.quietDevices }

  /// Says what this is and what it runs on.
  func introduce() {
    log.write(.started(host.configuration, as: host.nodeName))
    warnOfWhatIsMissing()
  }

  /// The number of a generation, while somebody may still speak of it.
  func generation(of number: Int) -> Generation? { generations.first { $0.number == number } }

  /// Reads the configuration and the keys anew, and has the heartbeat thread go over to them.
  /// - Parameter askers: who has wanted it, as far as that is known.
  /// - Returns: why they do not count; nil where they are on their way into force, see ``putsIntoForce(_:)``.
  func reload(askedBy askers: [Operator]) -> String? {
    guard let former = generations.last else { return nil }
    service?.reloads()
    users.read()
    defer { if refusal != nil { service?.hasReloaded() } }
    do {
      let host = try HostConfiguration(path: configPath, nodeName: host.nodeName)
      let generation = try Self.generation(of: host, session, after: former)
      refusal = adopt(generation)
      guard refusal == nil else { return refusal }
      warnOfWhatNeedsARestart(former.configuration, host.configuration)
      reloadMessages = messages(of: host, after: self.host, askers)
      self.host = host
      warnOfWhatIsMissing()
      reloading = generation.number
    } catch {
      refusal = "\(error)"
      let messages = Message.reloadRefused("\(error)")
      for message in messages.dropLast() { log.write(message) }
      if let last = messages.last { log.write(last.asked(by: askers, users.name(of:))) }
    }
    return refusal
  }

  /// So many changes are told one by one.
  private static let changesLimit = 64

  private func messages(
    of next: HostConfiguration, after former: HostConfiguration, _ askers: [Operator]
  ) -> [Message] {
    let changes =
      former.configuration.changes(to: next.configuration) + [former.keys.change(to: next.keys)].compactMap(\.self)
    let more = changes.count - Self.changesLimit
    return [Message.reloaded(next.configuration, isChanged: !changes.isEmpty).asked(by: askers, users.name(of:))]
      + changes.prefix(Self.changesLimit).map { .reloadChanged($0) } + (more > 0 ? [.reloadChangedMore(more)] : [])
  }

  /// Why an agent that starts now would refuse to; nil where it would not, as far as its files tell.
  func refusalOfSuccessor() -> String? {
    do {
      _ = try HostConfiguration(path: configPath, nodeName: host.nodeName)
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// A device that heartbeats go over has come, or has come anew: its socket must be bound again.
  func reopenLinks() {
    guard let former = generations.last else { return }
    do {
      let generation = try Self.generation(of: host, session, after: former)
      for (link, old) in zip(generation.links, former.links) {
        if let link, link !== old { log.write(.deviceCame(link.device)) }
      }
      _ = adopt(generation)
    } catch {
      log.write(.deviceNotOpened("\(error)"))
    }
  }

  private static func generation(of host: HostConfiguration, _ session: UInt64, after former: Generation)
    throws(SystemError)
    -> Generation
  {
    try Generation(host.configuration, keys: host.keys, nodeName: host.nodeName, session: session, after: former)
  }

  /// - Returns: why the heartbeat thread cannot be told; nil where it was.
  private func adopt(_ generation: Generation) -> String? {
    generations.append(generation)
    if commands.post(.adopt(GenerationReference(generation))) { return nil }
    generations.removeLast()
    let message = Message.threadHangs()
    log.write(message)
    return message.text
  }

  /// The heartbeat thread has gone over to this generation.
  /// - Returns: whether that puts what the last reload has read into force.
  func putsIntoForce(_ generation: Generation) -> Bool {
    guard generation.number == reloading else { return false }
    configured = .now
    service?.hasReloaded()
    return true
  }

  /// - Parameter generation: of the oldest generation that anybody uses.
  func forget(before number: Int) { generations.removeAll { $0.number < number } }

  // MARK: - What a person should know of a configuration

  /// A device may come later than the agent, and so may a user.
  private func warnOfWhatIsMissing() {
    for diagnostic in host.missingDevices + host.missingPrincipals {
      let line = diagnostic.position.map { ":\($0.line)" } ?? ""
      log.write(.notOnHost(diagnostic.message, at: "\(configPath)\(line)"))
    }
    for doubt in host.doubts { log.write(.doubtful(doubt.message, in: configPath)) }
  }

  private func warnOfWhatNeedsARestart(_ former: Configuration, _ next: Configuration) {
    guard former.heartbeat.realtime != next.heartbeat.realtime || former.heartbeat.rtprio != next.heartbeat.rtprio
    else { return }
    log.write(.reloadNeedsRestart())
  }
}
