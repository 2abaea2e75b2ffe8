import Glibc
import Linux
import Log
import Support
import Synchronization
import TakeoverCore

/// Has the next agent of this host know what its operator has put on standby: a restart, an upgrade or a reboot is no reason to take
/// part again.
///
/// The file is in the folder that systemd makes for the service (StateDirectory=, `$STATE_DIRECTORY`, systemd.exec(5)). A thread of its
/// own writes it, for as long as that takes: the main thread must not wait for a disk. The file decides nothing but who is asked
/// last; whatever stands in it, nobody claims what another holds, and what nobody else can take is taken.
final class StandbyMemory: Sendable {
  /// How long the end of the agent waits for the disk, in milliseconds.
  private static let patience: Int32 = 500

  private struct State {
    var latest: OperatorStandby
    var isUnwritten = false
    var isWriting = false
    var failure: String?
    /// Of the last writing; to be joined.
    var writer: Thread?
  }

  /// Nil where nobody has said which.
  private let path: String?
  private let log: Log
  private let state: Mutex<State>
  /// Lines of the file that mean nothing.
  private let strange: [Int]
  private let written: EventDescriptor

  /// Reads the file.
  /// - Parameter variable: the value of a variable of the environment.
  init(
    log: Log, _ variable: (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
  ) throws(SystemError) {
    self.log = log
    written = try EventDescriptor()
    // systemd separates several by colons; ours is the first.
    let folder = variable("STATE_DIRECTORY")?.split(separator: ":").first
    path = folder.map { "\($0)/standby" }
    var strange: [Int] = []
    var standby = OperatorStandby()
    var failure = path == nil ? "no state directory ($STATE_DIRECTORY)" : nil
    if let path {
      do throws(FileRefusal) {
        standby = OperatorStandby(reading: try readFile(path, limit: OperatorStandby.longestFile), strange: &strange)
      } catch {
        // Before anything was on standby there is no file.
        if error.errno?.rawValue != ENOENT { failure = "\(path): \(error)" }
      }
    }
    self.strange = strange
    state = Mutex(State(latest: standby, failure: failure))
  }

  /// Why the next agent will not know; nil where it will, or there is nothing to know.
  /// - Parameter isOnStandby: whether anything is on standby now.
  func failure(isOnStandby: Bool) -> String? {
    path == nil && !isOnStandby ? nil : state.withLock { $0.failure }
  }

  /// What the core is told before it starts.
  /// - Parameter groups: the names of its groups.
  func events(for groups: [String]) -> [Event] {
    let standby = state.withLock { $0.latest }
    if standby.isForAll { return [.standbyRemembered(nil)] }
    return groups.indices.filter { standby.groups.contains(groups[$0]) }.map { .standbyRemembered(GroupIndex($0)) }
  }

  /// Says what was found.
  /// - Parameter groups: the names of those that the configuration has.
  func introduce(for groups: [String]) {
    let (standby, failure) = state.withLock { ($0.latest, $0.failure) }
    guard let path else { return }
    if let failure { log.write(.standbyForgotten(failure)) }
    for line in strange { log.write(.standbyForgotten("\(path):\(line): not a line that the agent has written")) }
    guard standby != OperatorStandby() else { return }
    log.write(
      .standbyRemembered(
        standby.isForAll ? nil : standby.groups.filter(groups.contains),
        unknown: standby.groups.filter { !groups.contains($0) }, in: path))
  }

  /// Keeps what is on standby now, again where that failed before. Never waits.
  ///
  /// Groups that the configuration lacks just now, perhaps by a mistake, stay on standby until everything else is available.
  /// - Parameter groups: the names of those that the configuration has.
  func keep(_ standby: OperatorStandby, among groups: [String]) {
    let mustStart = state.withLock { state in
      let standby = standby.keeping(state.latest, unknownTo: groups)
      guard state.latest != standby || state.failure != nil && path != nil else { return false }
      state.latest = standby
      state.isUnwritten = true
      defer { state.isWriting = true }
      return !state.isWriting
    }
    guard mustStart else { return }
    guard let path else {
      state.withLock { ($0.isUnwritten, $0.isWriting) = (false, false) }
      if let failure = failure(isOnStandby: standby != OperatorStandby()) { log.write(.standbyForgotten(failure)) }
      return
    }
    do throws(SystemError) {
      // What it had to write is written.
      state.withLock { $0.writer }?.join()
      written.clear()
      let writer = try Thread(name: "standby", stackSize: 256 << 10) { [self] in write(to: path) }
      state.withLock { $0.writer = writer }
    } catch {
      state.withLock { ($0.isUnwritten, $0.isWriting, $0.writer) = (false, false, nil) }
      note("\(error)")
    }
  }

  /// Waits until everything is written, if the disk lets it.
  func finish() {
    guard let writer = state.withLock({ $0.writer }) else { return }
    var wanted = pollfd(fd: written.descriptor.raw, events: Int16(POLLIN), revents: 0)
    if poll(&wanted, 1, Self.patience) > 0 { writer.join() }
  }

  /// Writes until nothing is left to be written.
  private func write(to path: String) {
    while let standby = next() {
      do throws(SystemError) {
        let bytes = Array(standby.text.utf8)
        try Folder(of: path).replace { (file) throws(SystemError) in
          let raw = file.raw
          // So short a text is written at once, or the disk is full.
          let count = try retryOnInterrupt("write", on: path) { Glibc.write(raw, bytes, bytes.count) }
          if count < bytes.count { throw SystemError("write", on: path, Errno(rawValue: ENOSPC)) }
        }
        state.withLock { $0.failure = nil }
      } catch {
        note("\(error)")
      }
    }
    written.signal()
  }

  private func next() -> OperatorStandby? {
    state.withLock { state in
      guard state.isUnwritten else {
        state.isWriting = false
        return nil
      }
      state.isUnwritten = false
      return state.latest
    }
  }

  private func note(_ failure: String) {
    state.withLock { $0.failure = failure }
    log.write(.standbyForgotten(failure))
  }
}
