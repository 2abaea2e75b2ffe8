import Netlink
import Testing

@testable import Agent
@testable import Log

/// Devices that carry nothing, as the kernel reports them.
@Suite(.enabled(if: PrivateNetwork.isPossible, "needs root: network namespaces"), .timeLimit(.minutes(1)))
struct DeviceStatesTests {
  private let pipe: Pipe
  private let log: Log
  private let devices: DeviceStates

  init() throws {
    pipe = try Pipe()
    log = try Log(to: pipe.writer, node: "loadb2", journalStream: nil)
    devices = DeviceStates(log: log)
  }

  /// What the kernel has reported by now.
  private func serve(_ foreign: ForeignAddresses) {
    #expect(becomesReadable(foreign.descriptor))
    foreign.serve()
  }

  @Test func aDeviceThatWentAwayIsUpAgain() throws {
    let network = try PrivateNetwork(), generation = try MessageExamples().generation
    try network.connect("eth0", "peer0")
    let foreign = try network.enter { () throws -> ForeignAddresses in
      let foreign = try ForeignAddresses(devices: devices, log: log)
      foreign.look(for: generation)
      return foreign
    }
    #expect(devices.troubles == [:])
    try network.change("eth0") { route, index throws(NetlinkError) in try route.setUp(index, false) }
    serve(foreign)
    #expect(devices.troubles == ["eth0": "eth0 is down"])
    try network.change("eth0") { route, index throws(NetlinkError) in try route.removeLink(index) }
    serve(foreign)
    #expect(devices.troubles == [:], "a device that is not there is said by others")
    try network.connect("eth0", "peer0")
    serve(foreign)
    #expect(devices.troubles == [:])
    log.close(flushWithin: 10_000)
    let lines = pipe.rest()
    #expect(lines.contains { $0.contains("eth0 is down") })
    #expect(lines.last?.contains("eth0 is up again, with carrier") == true, "\(lines)")
  }

  /// A device that another one takes the name of is that one.
  @Test func aDeviceGoesByItsName() throws {
    let network = try PrivateNetwork(), generation = try MessageExamples().generation
    try network.connect("eth9", "peer9")
    try network.change("eth9") { route, index throws(NetlinkError) in try route.setUp(index, false) }
    let foreign = try network.enter { () throws -> ForeignAddresses in
      let foreign = try ForeignAddresses(devices: devices, log: log)
      foreign.look(for: generation)
      return foreign
    }
    #expect(devices.troubles == [:])
    try network.change("eth9") { route, index throws(NetlinkError) in try route.rename(index, to: "eth0") }
    serve(foreign)
    #expect(devices.troubles == ["eth0": "eth0 is down"])
    try network.change("eth0") { route, index throws(NetlinkError) in try route.rename(index, to: "eth8") }
    serve(foreign)
    #expect(devices.troubles == [:])
    log.close(flushWithin: 10_000)
  }
}
