import Glibc
import Lab
import Linux
import TakeoverCore
import Testing

@testable import Agent
@testable import Log

/// What the next agent of a host knows of a standby.
@Suite struct StandbyMemoryTests {
  private let folder: TemporaryFolder
  private let log: Log

  init() throws {
    folder = try TemporaryFolder("vipagent-tests")
    log = try Log(to: open("/dev/null", O_WRONLY | O_CLOEXEC), node: "loadb1")
  }

  private func memory(in folder: String?) throws -> StandbyMemory {
    try StandbyMemory(log: log) { $0 == "STATE_DIRECTORY" ? folder : nil }
  }

  @Test func theNextAgentKnows() throws {
    let first = try memory(in: folder.path)
    #expect(first.failure(isOnStandby: true) == nil && first.events(for: ["director", "mail"]).isEmpty)
    first.keep(OperatorStandby(groups: ["mail"]), among: ["director", "mail"])
    first.keep(OperatorStandby(groups: ["director", "mail"]), among: ["director", "mail"])
    first.keep(OperatorStandby(groups: ["mail"]), among: ["director", "mail"])
    first.finish()
    let second = try memory(in: "\(folder.path):/nowhere")
    #expect(second.failure(isOnStandby: true) == nil)
    #expect(try remembered(by: second) == [GroupIndex(1)])
    second.keep(OperatorStandby(isForAll: true, groups: ["director", "mail"]), among: ["director", "mail"])
    second.finish()
    let third = try memory(in: folder.path)
    #expect(try remembered(by: third) == [nil])
    third.keep(OperatorStandby(), among: ["director", "mail"])
    third.finish()
    #expect(try remembered(by: memory(in: folder.path)).isEmpty)
  }

  private func remembered(by memory: StandbyMemory) throws -> [GroupIndex?] {
    try memory.events(for: ["director", "mail"]).map { event in
      guard case .standbyRemembered(let group) = event else { throw NotRemembered() }
      return group
    }
  }

  private struct NotRemembered: Error {}

  /// A group that the configuration does not have any more is on standby for nobody; what is no line of ours is left out.
  @Test func whatMeansNothingIsLeftOut() throws {
    try write("# of old\ngroup gone\nevery\ngroup mail\ngroup mail\n")
    #expect(try remembered(by: memory(in: folder.path)) == [GroupIndex(1)])
    var strange: [Int] = []
    _ = OperatorStandby(reading: Array("every\n\ngroup \ngroup a\nnothing".utf8), strange: &strange)
    #expect(strange == [1, 3, 5])
  }

  /// Whatever is wrong with the file, the agent starts, and says that the next one will not know.
  @Test func whereItCannotBeKept() throws {
    let none = try memory(in: nil)
    none.keep(OperatorStandby(groups: ["mail"]), among: ["director", "mail"])
    none.finish()
    #expect(none.failure(isOnStandby: true) == "no state directory ($STATE_DIRECTORY)")
    let missing = try memory(in: "\(folder.path)/missing")
    #expect(missing.failure(isOnStandby: true) == nil)
    missing.keep(OperatorStandby(groups: ["mail"]), among: ["director", "mail"])
    missing.finish()
    #expect(
      missing.failure(isOnStandby: true)?.contains("ENOENT") == true, "\(missing.failure(isOnStandby: true) ?? "")")
    mkdir("\(folder.path)/missing", 0o700)
    missing.keep(OperatorStandby(groups: ["director"]), among: ["director", "mail"])
    missing.finish()
    #expect(missing.failure(isOnStandby: true) == nil)
    try write(String(repeating: "x", count: OperatorStandby.longestFile + 1))
    #expect(try memory(in: folder.path).failure(isOnStandby: true)?.contains("EFBIG") == true)
  }

  /// A group that the configuration has lost by a mistake is on standby when it is back.
  @Test func whatTheConfigurationLacksStaysOnStandby() throws {
    try write("group gone\ngroup mail\n")
    let memory = try memory(in: folder.path)
    memory.keep(OperatorStandby(groups: ["director", "mail"]), among: ["director", "mail"])
    memory.finish()
    #expect(try self.memory(in: folder.path).events(for: ["gone", "director", "mail"]).count == 3)
    memory.keep(OperatorStandby(), among: ["director", "mail"])
    memory.finish()
    #expect(try self.memory(in: folder.path).events(for: ["gone", "director", "mail"]).isEmpty)
  }

  private func write(_ text: String) throws {
    let raw = open("\(folder.path)/standby", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    defer { close(raw) }
    try #require(Glibc.write(raw, text, text.utf8.count) == text.utf8.count)
  }
}
