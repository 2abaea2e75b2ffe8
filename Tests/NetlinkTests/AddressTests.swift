import CMnl
import Glibc
import Linux
import Testing

@testable import Netlink

/// Addresses on a bridge of a namespace of the test's own.
@Suite(.needsRoot) struct AddressTests {
  private func device(_ socket: inout RouteSocket) throws -> Int32 {
    let index = try socket.createBridge("eth0").index
    try socket.setUp(index, true)
    return index
  }

  @Test func everythingAskedForIsInTheDump() throws {
    var socket = try TestNamespace().socket()
    let link = try device(&socket)
    let prefix = try #require(IPPrefix("195.46.64.21/24"))
    var address = InterfaceAddress(
      prefix: prefix, link: link, label: "eth0:0", broadcast: prefix.broadcast, protocolTag: 86, validLifetime: 30,
      preferredLifetime: 20)
    address.noPrefixRoute = true
    #expect(try socket.add([address], replacing: false) == [])
    let found = try #require(try socket.addresses(of: .v4).first)
    #expect(found.prefix == prefix)
    #expect(found.link == link)
    #expect(found.label == "eth0:0")
    #expect(found.broadcast == IPAddress("195.46.64.255"))
    #expect(found.scope == 0)
    #expect(found.noPrefixRoute)
    #expect(!found.isPermanent)
    #expect(!found.isSecondary)
    #expect(found.protocolTag == 86)
    #expect((1...30).contains(try #require(found.validLifetime)))
    #expect((1...20).contains(try #require(found.preferredLifetime)))
  }

  @Test func withoutLifetimesAnAddressIsPermanent() throws {
    var socket = try TestNamespace().socket()
    let link = try device(&socket)
    let first = InterfaceAddress(prefix: try #require(IPPrefix("10.0.0.1/24")), link: link)
    let second = InterfaceAddress(prefix: try #require(IPPrefix("10.0.0.2/24")), link: link)
    #expect(try socket.add([first, second], replacing: false) == [])
    let found = try socket.addresses(of: .v4)
    #expect(found.map(\.prefix) == [first.prefix, second.prefix])
    #expect(found.map(\.isPermanent) == [true, true])
    #expect(found.map(\.isSecondary) == [false, true])
    #expect(found.map(\.validLifetime) == [nil, nil])
    #expect(found.map(\.label) == ["eth0", "eth0"])
  }

  @Test func replacingRenewsAndNotReplacingFails() throws {
    var socket = try TestNamespace().socket()
    let link = try device(&socket)
    var address = InterfaceAddress(
      prefix: try hostPrefix(1), link: link, protocolTag: 86, validLifetime: 10, preferredLifetime: 10)
    #expect(try socket.add([address], replacing: true) == [])
    let failures = try socket.add([address], replacing: false)
    #expect(failures.map(\.address) == [address])
    #expect(failures.first?.error.errno == Errno(rawValue: EEXIST))
    address.validLifetime = 1000
    address.preferredLifetime = 1000
    #expect(try socket.add([address], replacing: true) == [])
    let found = try socket.addresses(of: .v4)
    #expect(found.count == 1)
    #expect((11...1000).contains(try #require(found.first?.validLifetime)))
  }

  @Test func ipv6WithoutDuplicateAddressDetection() throws {
    var socket = try TestNamespace().socket()
    let link = try device(&socket)
    var address = InterfaceAddress(
      prefix: try #require(IPPrefix("2001:db8::15/64")), link: link, protocolTag: 86, validLifetime: 60,
      preferredLifetime: 60)
    address.noDAD = true
    #expect(try socket.add([address], replacing: false) == [])
    let found = try #require(try socket.addresses(of: .v6).first { $0.prefix == address.prefix })
    #expect(found.noDAD)
    #expect(found.flags & UInt32(IFA_F_TENTATIVE) == 0)
    #expect((1...60).contains(try #require(found.validLifetime)))
    #expect(found.protocolTag == 86)
    #expect(try socket.addresses(of: .v4).isEmpty)
    #expect(try socket.addresses().contains { $0.prefix == address.prefix })
    #expect(try socket.remove([address]) == [])
    #expect(try !socket.addresses().contains { $0.prefix == address.prefix })
  }

  @Test func aFailureInABatchNamesItsAddressAndHindersNoOther() throws {
    var socket = try TestNamespace().socket()
    let link = try device(&socket)
    var addresses = try (0..<1000).map { InterfaceAddress(prefix: try hostPrefix($0), link: link) }
    #expect(try socket.add(addresses, replacing: false) == [])
    #expect(try socket.addresses(of: .v4).count == 1000)

    // Removed for the second time here, so exactly these fail: in the middle, twice in a row, and at the very end.
    addresses[400] = addresses[399]
    addresses[401] = addresses[399]
    addresses[999] = addresses[0]
    let failures = try socket.remove(addresses)
    #expect(failures.map(\.address) == [addresses[400], addresses[401], addresses[999]])
    #expect(failures.allSatisfy { $0.error.errno == Errno(rawValue: EADDRNOTAVAIL) })
    #expect(failures.allSatisfy { $0.error.operation == "remove" })
    #expect(failures.first?.error.subject == "\(addresses[399].prefix) from eth0")
    let left = try Set([400, 401, 999].map { try hostPrefix($0) })
    #expect(Set(try socket.addresses(of: .v4).map(\.prefix)) == left)
  }

  @Test func aBatchInWhichEverythingFailsLosesNoAnswer() throws {
    var socket = try TestNamespace().socket()
    let link = try device(&socket)
    let addresses = try (0..<3000).map { InterfaceAddress(prefix: try hostPrefix($0), link: link) }
    let failures = try socket.remove(addresses)
    #expect(failures.map(\.address) == addresses)
    #expect(try socket.addresses(of: .v4).isEmpty)
  }

  @Test func aSmallReceiveBufferMakesShorterBatches() throws {
    let namespace = try TestNamespace()
    var socket = try namespace.open { () throws(NetlinkError) in try RouteSocket(receiveBuffer: 16 << 10) }
    #expect(socket.batchLimit == 16)
    let addresses = try (0..<500).map { InterfaceAddress(prefix: try hostPrefix($0), link: 77) }
    let failures = try socket.add(addresses, replacing: false)
    #expect(failures.map(\.address) == addresses)
    #expect(failures.first?.error.errno == Errno(rawValue: ENODEV))
    #expect(failures.first?.error.subject == "10.0.0.1/32 to link 77")
  }

  @Test func anAddressWithAnImpossibleLabelFailsAlone() throws {
    var socket = try TestNamespace().socket()
    let link = try device(&socket)
    var addresses = try (0..<3).map { InterfaceAddress(prefix: try hostPrefix($0), link: link) }
    for impossible in [0, 1, 2] {
      addresses[impossible].label = "a label of more than fifteen bytes"
      let failures = try socket.add(addresses, replacing: true)
      #expect(failures.map(\.address) == Array(addresses[...impossible]))
      #expect(try socket.addresses(of: .v4).count == 2)
    }
  }

  @Test func fiveThousandAddressesComeRenewAndGo() throws {
    var socket = try TestNamespace().socket()
    let link = try device(&socket)
    let addresses = try (0..<5000).map {
      InterfaceAddress(
        prefix: try hostPrefix($0), link: link, label: "eth0:0", protocolTag: 86, validLifetime: 600,
        preferredLifetime: 600)
    }
    #expect(try socket.add(addresses, replacing: true) == [])
    #expect(Set(try socket.addresses(of: .v4).map(\.prefix)) == Set(addresses.map(\.prefix)))
    #expect(try socket.add(addresses, replacing: true) == [])
    #expect(try socket.remove(addresses) == [])
    #expect(try socket.addresses(of: .v4).isEmpty)
  }

  @Test func nothingToDoIsDone() throws {
    var socket = try TestNamespace().socket()
    #expect(try socket.add([], replacing: true) == [])
    #expect(try socket.remove([]) == [])
  }
}
