import CLinux
import Glibc
import Linux
import Netlink
import Testing

@testable import Agent
@testable import Configuration
@testable import Engine
@testable import Log

/// What journald would get, on a socket of the kind it has.
@Suite struct JournalTests {
  @Test func aRecordHasTheLineAndItsFields() throws {
    let message = Message(.late, "loadb2 is late", [.peer: "loadb2", .missed: "3"])
    let record = Journal.record(of: LogLine(message, at: 0), node: "loadb1")
    let expected = [
      "MESSAGE=loadb2 is late", "PRIORITY=4", "SYSLOG_IDENTIFIER=vipagent",
      "MESSAGE_ID=\(MessageKind.late.entry.id)", "VIPAGENT_KIND=late", "VIPAGENT_NODE=loadb1", "VIPAGENT_PEER=loadb2",
      "VIPAGENT_MISSED=3",
    ]
    #expect(String(decoding: record, as: UTF8.self) == expected.map { "\($0)\n" }.joined())
  }

  @Test func aValueWithNewlinesIsAnnouncedByItsLength() {
    let message = Message(.reloadRefused, "refused", [.error: "one\ntwo"])
    let record = Journal.record(of: LogLine(message, at: 0), node: "loadb1")
    #expect(record.suffix(31) == Array("VIPAGENT_ERROR\n".utf8) + [7, 0, 0, 0, 0, 0, 0, 0] + Array("one\ntwo\n".utf8))
  }

  /// A line costs as much with ten thousand addresses as with nine.
  @Test(arguments: [1, 8, 9, 10_000]) func aGroupNamesItsFirstAddressesAndHowManyThereAre(count: Int) throws {
    let vips = try (1...count).map { number in
      VIPSettings(
        prefix: try #require(IPPrefix("10.9.\(number >> 8).\(number & 255)/16")), dev: "eth0", label: nil,
        broadcast: nil, noprefixroute: false)
    }
    let group = GroupAddresses(
      GroupSettings(
        name: "director", preferred: [], autoFailback: true, failbackDelay: .seconds(1), lease: nil, onConflict: .wait,
        announceRefresh: .zero, vips: vips))
    var expected = ["VIPAGENT_GROUP=director"]
    for number in 1...min(count, 8) { expected.append("VIPAGENT_ADDRESS=10.9.0.\(number)/16") }
    if count > 8 { expected.append("VIPAGENT_ADDRESSES=\(count)") }
    expected.append("VIPAGENT_DEVICE=eth0")
    let record = Journal.record(of: LogLine(.standbyRefused(group), at: 0), node: "loadb1")
    let fields = String(decoding: record, as: UTF8.self).split(separator: "\n").dropFirst(6).map(String.init)
    #expect(fields == expected)
  }

  @Test func aRecordFitsIntoADatagram() throws {
    let journal = try FakeJournal()
    var fields: MessageFields = [:]
    for _ in 0..<1_000 { fields.add(.error, String(repeating: "é\n", count: 10_000)) }
    let line = LogLine(Message(.reloadRefused, String(repeating: "x", count: 100_000), fields), at: 0)
    let sender = try Journal(path: journal.path, node: "loadb1")
    #expect(sender.send(line) == .sent)
    let record = try #require(journal.next())
    #expect(record.count > 64 * 2_000 && record.count < 150_000)
  }

  /// More lines than the socket has room for: the log's thread waits for room.
  @Test func linesGoToTheJournalAndNotToTheSink() throws {
    let (journal, pipe) = (try FakeJournal(), try Pipe())
    let log = try Log(
      to: pipe.writer, node: "loadb1", journalStream: pipe.journalStream, journalSocket: journal.path)
    for number in 1...500 { log.write(.line(.notice, "line \(number)")) }
    for number in 1...500 {
      try #require(journal.waitForRecord())
      #expect(journal.nextMessage() == "line \(number)")
    }
    log.close(flushWithin: 10_000)
    #expect(pipe.rest() == [])
    #expect(log.counts == LogCounts(written: 500, dropped: 0, leftOut: 0))
  }

  /// systemd keeps the socket over a restart of journald, but not over everything.
  @Test func aJournalThatComesLaterOrAnewIsFound() throws {
    let former = try FakeJournal()
    let sender = try Journal(path: former.path, node: "loadb1")
    let line = LogLine(.line(.notice, "text"), at: 0)
    #expect(sender.send(line) == .sent)
    former.close()
    #expect(sender.send(line) == .absent)
    mkdir(String(former.path.dropLast("/socket".count)), 0o700)
    let next = try FakeJournal(at: former.path)
    #expect(sender.send(line) == .sent)
    #expect(next.nextMessage() == "text")
  }

  @Test func withoutAJournalLinesGoToTheSink() throws {
    let pipe = try Pipe()
    let log = try Log(
      to: pipe.writer, node: "loadb1", journalStream: pipe.journalStream, journalSocket: "/nonexistent/journal")
    log.write(.line(.warning, "to the sink"))
    log.close(flushWithin: 10_000)
    #expect(pipe.rest() == ["<4>to the sink"])
  }

  /// A journal that hangs is waited for once; what it does not take is in the sink, and nothing is lost.
  @Test func whatAFullJournalDoesNotTakeGoesToTheSink() throws {
    let (journal, pipe) = (try FakeJournal(), try Pipe())
    let log = try Log(
      to: pipe.writer, node: "loadb1", capacity: 4_096, journalStream: pipe.journalStream, journalSocket: journal.path)
    let reader = try ReaderThread(pipe.reader)
    for number in 1...2_000 { log.write(.line(.notice, "\(number)")) }
    log.close(flushWithin: 10_000)
    let rest = reader.lines(closing: pipe)
    let journalled = journal.messages()
    #expect(!journalled.isEmpty && !rest.isEmpty)
    #expect((journalled + rest.map { String($0.dropFirst(3)) }).compactMap { Int($0) } == Array(1...2_000))
    #expect(log.counts.dropped == 0)
  }

  @Test func followersGetEverythingThatIsSaid() throws {
    let pipe = try Pipe()
    let log = try Log(to: pipe.writer, node: "loadb1", journalStream: nil)
    let (all, few) = (try log.follow(capacity: 64), try log.follow(capacity: 2))
    for number in 1...10 { log.write(.late("loadb2", silence: .milliseconds(200), missed: Int64(number))) }
    log.close(flushWithin: 10_000)
    #expect(becomesReadable(all.wakeup.descriptor.raw))
    var missed: [String?] = []
    while let entry = all.take() { missed.append(entry.line?.message.fields[.missed]) }
    #expect(missed == ["1", "2", "3", "10"], "three at once, and the last one at the end")
    #expect(few.dropped == 2)
    #expect((0..<2).map { _ in few.take()?.droppedBefore } == [0, 0])
    #expect(few.take()?.droppedBefore == 2, "the third and the last one, which nobody took")
    #expect(log.counts == LogCounts(written: 4, dropped: 0, leftOut: 6))
  }
}

/// A datagram socket where journald would have one.
private final class FakeJournal {
  let path: String
  private let raw: Int32
  private var isOpen = true

  /// - Parameter path: where; a folder of its own if none is given.
  init(at path: String? = nil) throws {
    self.path = try path ?? Self.place()
    let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
    raw = Glibc.socket(AF_UNIX, kind, 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let name = self.path
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8) }
    let socket = raw
    let bound = withUnsafeBytes(of: address) {
      bind(socket, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
    }
    try #require(bound == 0)
  }

  deinit { close() }

  private static func place() throws -> String {
    var template = Array("/tmp/vipagent-journal.XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self) + "/socket"
  }

  /// Takes the socket away, and its folder.
  func close() {
    guard isOpen else { return }
    isOpen = false
    Glibc.close(raw)
    unlink(path)
    rmdir(String(path.dropLast("/socket".count)))
  }

  /// Waits five seconds at most.
  func waitForRecord() -> Bool { becomesReadable(raw) }

  /// The next record; nil when there is none.
  func next() -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 1 << 18)
    let count = recv(raw, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    return count < 0 ? nil : Array(bytes.prefix(count))
  }

  /// What the next record says.
  func nextMessage() -> String? {
    next().map { record in
      let first = record.prefix { $0 != UInt8(ascii: "\n") }
      return String(decoding: first.dropFirst("MESSAGE=".utf8.count), as: UTF8.self)
    }
  }

  /// What the records say that are there.
  func messages() -> [String] {
    var messages: [String] = []
    while let message = nextMessage() { messages.append(message) }
    return messages
  }
}
