import CLinux
import Glibc
import Linux
import Netlink
import TakeoverCore
import Testing

@testable import Configuration
@testable import Metrics
@testable import Support

/// Answers that come late, or to nobody. Tests/LabTests does the rest, with real agents.
@Suite(.enabled(if: PrivateNetwork.isPossible, "needs root: makes a network namespace"))
struct MetricsListenerTests {
  private static let endpoint = MetricsSettings("127.0.0.1:9694")!

  /// A listener in a network of its own, and those who wait for its answer.
  private final class Rig {
    let listener: MetricsListener
    let network: PrivateNetwork
    var askers: [MetricsListener.Asker] = []

    init() throws {
      let network = try PrivateNetwork()
      try network.change("lo") { route, index throws(NetlinkError) in try route.setUp(index, true) }
      listener = try MetricsListener()
      let listener = listener
      try network.enter { try listener.listen(on: endpoint) }
      self.network = network
      listener.handler = { [unowned self] in askers.append($0) }
    }

    func connect() throws -> Descriptor {
      try network.enter {
        let socket = try Descriptor(Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), "socket")
        try #require(endpoint.withSocketAddress { Glibc.connect(socket.raw, $0, $1) } == 0)
        return socket
      }
    }

    /// Asks for the metrics, and waits until the listener has taken the request.
    func ask() throws -> Descriptor {
      let socket = try connect()
      let request = "GET /metrics HTTP/1.0\r\n\r\n"
      try #require(send(socket.raw, request, request.utf8.count, 0) == request.utf8.count)
      let count = askers.count
      while askers.count == count, becomesReadable(listener.descriptor) { listener.serve(at: .now) }
      try #require(askers.count == count + 1)
      return socket
    }
  }

  private func response(_ socket: borrowing Descriptor) -> String {
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while becomesReadable(socket.raw) {
      let count = recv(socket.raw, &chunk, chunk.count, 0)
      if count <= 0 { break }
      text += chunk[..<count]
    }
    return String(decoding: text, as: UTF8.self)
  }

  @Test func eachGetsItsOwnAnswerHoweverLate() throws {
    let rig = try Rig()
    let first = try rig.ask(), second = try rig.ask()
    rig.listener.answer(rig.askers[1], "second 2\n")
    rig.listener.answer(rig.askers[0], "first 1\n")
    #expect(response(first).hasSuffix("\r\n\r\nfirst 1\n") && response(second).hasSuffix("\r\n\r\nsecond 2\n"))
    #expect(rig.listener.counts.responses == [.ok: 2])
  }

  @Test func withoutNumbersThereAreNoMetrics() throws {
    let rig = try Rig()
    let socket = try rig.ask()
    rig.listener.answer(rig.askers[0], nil)
    #expect(response(socket).hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
  }

  @Test func whoHasGoneGetsNothingAndNorDoesTheNextInHisPlace() throws {
    let rig = try Rig()
    do {
      let gone = try rig.ask()
      var option = linger(l_onoff: 1, l_linger: 0)
      setsockopt(gone.raw, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
    try #require(becomesReadable(rig.listener.descriptor))
    rig.listener.serve(at: .now)
    let next = try rig.ask()
    rig.listener.answer(rig.askers[0], "stale 1\n")
    #expect(rig.listener.counts.responses.isEmpty)
    rig.listener.answer(rig.askers[1], "fresh 1\n")
    #expect(response(next).hasSuffix("fresh 1\n"))
  }

  @Test func whoIsTooSlowIsCutOff() throws {
    let rig = try Rig()
    let slow = try rig.connect()
    try #require(becomesReadable(rig.listener.descriptor))
    rig.listener.serve(at: .now)
    // Another one, at a time when the first has had its own.
    let next = try rig.connect()
    try #require(becomesReadable(rig.listener.descriptor))
    rig.listener.serve(at: .now + MetricsConnection.patience)
    #expect(response(slow).isEmpty && rig.listener.counts.dropped == 1)
    try rig.listener.listen(on: nil)
    #expect(response(next).isEmpty && rig.listener.counts.connections == 2)
  }
}
