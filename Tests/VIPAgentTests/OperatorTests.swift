import CLinux
import Glibc
import Linux
import TakeoverCore
import Testing

@testable import Agent
@testable import Control
@testable import Engine
@testable import Log
@testable import Support

/// Who has asked for something, in the log.
@Suite struct OperatorTests {
  private static let names: @Sendable (uid_t) -> String = { $0 == 0 ? "root" : $0 == 1_000 ? "alice" : "user \($0)" }

  @Test(arguments: [
    (Operator(user: 0, login: nil, process: 1), "root, pid 1"),
    (Operator(user: 0, login: 1_000, process: 4_711), "alice as root, pid 4711"),
    (Operator(user: 1_000, login: 1_000, process: 4_711), "alice, pid 4711"),
    (Operator(user: 7, login: 0, process: 4_711), "root as user 7, pid 4711"),
  ]) func hasAName(_ asker: Operator, _ words: String) { #expect(asker.words(Self.names) == words) }

  @Test func isInTheLineAndInItsFields() {
    let asker = Operator(user: 0, login: 1_000, process: 4_711)
    let message = Message.stopRequested(by: "SIGTERM").asked(by: [asker], Self.names)
    #expect(message.text == "SIGTERM: handing over and letting go (by alice as root, pid 4711)")
    let event = EventRecord(LogLine(message, at: 0))
    #expect(
      event.fields == [
        "signal": "SIGTERM", "operator_uid": "0", "operator_loginuid": "1000", "operator_pid": "4711",
      ])
    #expect(Message.stopped(leavingAddresses: false).asked(by: nil, Self.names).fields.entries.isEmpty)
  }

  @Test(arguments: [("1000", 1_000), ("0\n", 0), ("4294967295", nil), ("", nil), ("x", nil)] as [(String, uid_t?)])
  func aLoginIsRead(_ text: String, _ login: uid_t?) { #expect(Operator.login(in: Array(text.utf8)) == login) }

  /// No other database is asked: it may be on another host.
  @Test func namesComeFromTheFileOfTheHost() throws {
    let folder = try TemporaryDirectory()
    let path = try folder.write("passwd", "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nbroken\n")
    let users = LocalUsers(in: path)
    #expect(users.name(of: 1_000) == "alice")
    #expect(users.name(of: 100) == "user 100")
    #expect(LocalUsers(in: "\(path)/no").name(of: 1_000) == "user 1000")
    // A name costs no look at the disk; a reload has them read anew.
    try #require(unlink(path) == 0)
    _ = try folder.write("passwd", "bob:x:1000:1000::/home/bob:/bin/sh\n")
    #expect(users.name(of: 1_000) == "alice")
    users.read()
    #expect(users.name(of: 1_000) == "bob")
  }

  /// The kernel says who is on the other end of a socket: here this process itself.
  @Test func whoeverIsConnectedIsKnown() throws {
    var ends: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    defer { for end in ends { close(end) } }
    let asker = Operator(try PeerCredentials(of: ends[0]), on: ends[0])
    let login = (try? readFile("/proc/self/loginuid", limit: 32)).flatMap { Operator.login(in: $0) }
    #expect(asker == Operator(user: getuid(), login: login, process: getpid()))
    #expect(Operator(SignalDescriptor.Sender(process: getpid(), user: getuid())) == asker)
    #expect(Operator(SignalDescriptor.Sender(process: 0, user: 7)) == Operator(user: 7, login: nil, process: 0))
  }

  /// The end of a request comes long after its beginning, and of two for a group each has its own asker.
  @Test func theEndOfARequestIsItsAskers() throws {
    let generation = try MessageExamples().generation, group = GroupIndex(0)
    let tag = generation.groups[0].tag
    let alice = Operator(user: 0, login: 1_000, process: 1), bob = Operator(user: 0, login: 1_001, process: 2)
    var requests = PendingRequests()
    requests.note(alice, .takeover, tag)
    requests.note(bob, .standby, tag)
    #expect(requests.asker(of: .unfulfilled(group, .takeover, .superseded), generation) == alice)
    #expect(requests.asker(of: .unfulfilled(group, .takeover, .superseded), generation) == nil)
    #expect(requests.asker(of: .fulfilled(group, .standby), generation) == bob)
  }

  /// Who asks again and again is named once, and a crowd does not fill the line.
  @Test func aReloadKnowsWhoHasWantedIt() {
    let pace = ReloadPace()
    for process in pid_t(1)...100 {
      for _ in 0..<2 { pace.want(by: Operator(user: 0, login: nil, process: process)) }
    }
    #expect(pace.begin(at: .origin).map(\.process) == [1, 2, 3, 4])
    pace.want()
    #expect(pace.begin(at: .origin) == [])
  }
}
