import Testing

@testable import Netlink

@Suite struct AddressTextTests {
  @Test(arguments: ["0.0.0.0", "195.46.64.21", "255.255.255.255", "::", "::1", "2001:db8::15", "fe80::ffff:1:2"])
  func textAndBytesComeBack(text: String) throws {
    let address = try #require(IPAddress(text))
    #expect(address.description == text)
    #expect(IPAddress(bytes: address.bytes) == address)
  }

  @Test func bytesAreInNetworkOrder() throws {
    let v4 = try #require(IPAddress("195.46.64.21"))
    #expect(v4.family == .v4)
    #expect(v4.bytes == [195, 46, 64, 21])
    let v6 = try #require(IPAddress("2001:db8::15"))
    #expect(v6.family == .v6)
    #expect(v6.bytes == [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x15])
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.4.5", "1.2.3.256", " 1.2.3.4", "1.2.3.4\0", "1.2.3.4/24", "fe80::1%eth0", "::g",
  ])
  func refusesWhatIsNoAddress(text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test func refusesOtherNumbersOfBytes() {
    for count in 0...20 where count != 4 && count != 16 {
      #expect(IPAddress(bytes: Array(repeating: 1, count: count)) == nil)
    }
  }

  @Test(arguments: ["1.2.3.4", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/+8", "1.2.3.4/-1", "1.2.3.4/8/8", "::/129", "/8"])
  func refusesWhatIsNoPrefix(text: String) {
    #expect(IPPrefix(text) == nil)
  }

  @Test(arguments: [
    ("195.46.64.21/24", "195.46.64.255"), ("195.46.64.21/0", "255.255.255.255"), ("10.0.0.5/30", "10.0.0.7"),
    ("10.0.0.5/31", nil), ("10.0.0.5/32", nil), ("2001:db8::1/64", nil),
  ])
  func knowsItsBroadcastAddress(text: String, broadcast: String?) throws {
    let prefix = try #require(IPPrefix(text))
    #expect(prefix.description == text)
    #expect(prefix.broadcast == broadcast.flatMap { IPAddress($0) })
  }

  @Test(arguments: [
    ("195.46.64.21/24", "195.46.64.1", true), ("195.46.64.21/24", "195.46.65.1", false), ("0.0.0.0/0", "8.8.8.8", true),
    ("10.0.0.1/32", "10.0.0.1", true), ("10.0.0.1/32", "10.0.0.2", false), ("0.0.0.0/0", "::8", false),
    ("2001:db8::/64", "2001:db8::ffff:1", true), ("2001:db8::/64", "2001:db8:0:1::1", false), ("::/0", "ff02::1", true),
  ])
  func knowsWhatItContains(text: String, other: String, isInside: Bool) throws {
    let prefix = try #require(IPPrefix(text))
    let address = try #require(IPAddress(other))
    #expect(prefix.contains(address) == isInside)
  }

  @Test func hardwareAddressComesBack() throws {
    let address = try #require(HardwareAddress("02:00:5e:10:00:0F"))
    #expect(address.bytes == [0x02, 0x00, 0x5e, 0x10, 0x00, 0x0f])
    #expect(address.description == "02:00:5e:10:00:0f")
    #expect(HardwareAddress(bytes: address.bytes) == address)
    #expect(HardwareAddress.broadcast.description == "ff:ff:ff:ff:ff:ff")
  }

  @Test(arguments: [
    "", "02:00:5e:10:00", "02:00:5e:10:00:0f:01", "2:0:5e:10:0:f", "02:00:5e:10:00:+f", "gg:00:00:00:00:00",
  ])
  func refusesWhatIsNoHardwareAddress(text: String) {
    #expect(HardwareAddress(text) == nil)
  }

  @Test(arguments: [
    ("195.46.64.21/24", "195.46.64.0/24", "195.46.64.20"), ("195.46.64.1/24", "195.46.64.0/24", "195.46.64.3"),
    ("195.46.64.254/24", "195.46.64.0/24", "195.46.64.252"), ("10.0.0.0/31", "10.0.0.0/31", "10.0.0.1"),
    ("10.0.0.1/30", "10.0.0.0/30", "10.0.0.2"), ("10.0.0.1/32", "10.0.0.1/32", nil),
  ])
  func aNetworkHasNeighbours(_ text: String, _ network: String, _ neighbour: String?) throws {
    let prefix = try #require(IPPrefix(text))
    #expect("\(prefix.network)" == network)
    #expect(prefix.neighbour.map { "\($0)" } == neighbour)
  }
}
