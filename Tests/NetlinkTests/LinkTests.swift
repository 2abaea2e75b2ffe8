import Glibc
import Linux
import Testing

@testable import Netlink

@Suite(.needsRoot) struct LinkTests {
  @Test func aNewNamespaceHasALoopbackDevice() throws {
    var socket = try TestNamespace().socket()
    let loopback = try #require(try socket.link(named: "lo"))
    #expect(try socket.links().contains(loopback))
    #expect(loopback.isLoopback)
    #expect(!loopback.isUp)
    #expect(loopback.master == nil)
    #expect(try socket.link(at: loopback.index) == loopback)
    #expect(try socket.link(named: "eth7") == nil)
    #expect(try socket.link(at: 4711) == nil)
  }

  @Test func aVethPairJoinsTwoNamespaces() throws {
    let far = try TestNamespace()
    var here = try TestNamespace().socket()
    var there = try far.socket()
    let near = try here.createVeth("eth0", peer: "eth1", peerNamespace: far.descriptor)
    #expect(near.name == "eth0")
    #expect(near.kind == "veth")
    #expect(near.hardwareAddress != nil)
    #expect(!near.isUp)
    let peer = try #require(try there.link(named: "eth1"))
    #expect(try here.link(named: "eth1") == nil)

    try here.setUp(near.index, true)
    #expect(try here.link(at: near.index)?.isUp == true)
    #expect(try here.link(at: near.index)?.hasCarrier == false)
    try there.setUp(peer.index, true)
    #expect(try here.link(at: near.index)?.hasCarrier == true)
    try here.setUp(near.index, false)
    #expect(try here.link(at: near.index)?.isUp == false)

    try here.removeLink(near.index)
    #expect(try here.link(named: "eth0") == nil)
    #expect(try there.link(named: "eth1") == nil)
  }

  @Test func aVethPairCanStayInOneNamespace() throws {
    var socket = try TestNamespace().socket()
    let near = try socket.createVeth("eth0", peer: "eth1")
    let peer = try #require(try socket.link(named: "eth1"))
    #expect(near.kind == "veth" && peer.kind == "veth" && near.index != peer.index)
  }

  @Test func aBridgeHasPorts() throws {
    var socket = try TestNamespace().socket()
    let bridge = try socket.createBridge("br0")
    #expect(bridge.kind == "bridge")
    let port = try socket.createVeth("port0", peer: "host0")
    try socket.setMaster(port.index, bridge.index)
    #expect(try socket.link(at: port.index)?.master == bridge.index)
    try socket.setMaster(port.index, nil)
    #expect(try socket.link(at: port.index)?.master == nil)
  }

  @Test func aDeviceMovesAndChangesItsNameAndAddress() throws {
    let far = try TestNamespace()
    var here = try TestNamespace().socket()
    var there = try far.socket()
    let veth = try here.createVeth("veth0", peer: "veth1")
    let address = try #require(HardwareAddress("02:00:5e:10:00:0f"))
    try here.setHardwareAddress(veth.index, address)
    try here.rename(veth.index, to: "eth5")
    #expect(try here.link(at: veth.index)?.name == "eth5")
    try here.move(veth.index, toNamespace: far.descriptor, name: "eth0")
    #expect(try here.link(named: "eth5") == nil)
    let moved = try #require(try there.link(named: "eth0"))
    #expect(moved.hardwareAddress == address)
    #expect(moved.kind == "veth")
    let second = try #require(try here.link(named: "veth1"))
    try here.move(second.index, toNamespace: far.descriptor)
    #expect(try there.link(named: "veth1") != nil)
  }

  @Test func errorsNameTheDevice() throws {
    var socket = try TestNamespace().socket()
    let eth0 = try socket.createBridge("eth0")
    let again = #expect(throws: NetlinkError.self) { try socket.createBridge("eth0") }
    #expect(again?.errno == Errno(rawValue: EEXIST))
    #expect(again?.description.hasPrefix("create bridge eth0: EEXIST (File exists)") == true)
    let rename = #expect(throws: NetlinkError.self) { try socket.rename(eth0.index, to: "lo") }
    #expect(rename?.description.hasPrefix("rename eth0: EEXIST (File exists)") == true)
    let missing = #expect(throws: NetlinkError.self) { try socket.setUp(4711, true) }
    #expect(missing?.description.hasPrefix("set up link 4711: ENODEV (No such device)") == true)
    let name = #expect(throws: NetlinkError.self) { try socket.createBridge("") }
    #expect(name?.reason == .invalidName(""))
  }

  @Test func hundredsOfDevicesFillSeveralDatagrams() throws {
    var socket = try TestNamespace().socket()
    for number in 0..<200 { try socket.createBridge("d\(number)") }
    let names = Set(try socket.links().map(\.name))
    #expect(names.isSuperset(of: (0..<200).map { "d\($0)" }))
  }
}
