import Testing

@testable import Agent
@testable import Configuration
@testable import Log

/// What a reload says it has changed.
@Suite struct ConfigurationChangeTests {
  private static let head = """
    cluster = "loadb"
    [heartbeat]
    bcast = ["eth0"]
    keepalive = "100ms"
    deadtime = "300ms"
    [auth]
    keys = "/k"
    [[node]]
    name = "loadb1"
    [[node]]
    name = "loadb2"

    """

  private static func group(_ name: String, _ addresses: String..., more: String = "") -> String {
    "[[group]]\nname = \"\(name)\"\n\(more)\n"
      + addresses.map { "[[group.vip]]\naddress = \"\($0)\"\ndev = \"eth0\"\n" }.joined()
  }

  private func configuration(_ text: String) throws -> Configuration {
    try LoadedConfiguration(parsing: Array(text.utf8), file: "config.toml").configuration
  }

  private func words(_ before: String, _ after: String) throws -> [String] {
    try configuration(before).changes(to: configuration(after)).map(\.words)
  }

  private static let director = group("director", "192.0.2.21/24")

  @Test func nothingIsNoChange() throws {
    #expect(try words(Self.head + Self.director, Self.head + Self.director) == [])
  }

  @Test func timesAndNodesHaveTheirFormerValue() throws {
    let next = Self.head.replacing("\"100ms\"", with: "\"200ms\"").replacing("\"300ms\"", with: "\"1s\"")
    #expect(
      try words(Self.head + Self.director, next + Self.director) == [
        "heartbeat.keepalive: 200ms, was 100ms", "heartbeat.warntime: 666.666ms, was 200ms",
        "heartbeat.deadtime: 1s, was 300ms", "heartbeat.initdead: 2s, was 1s",
      ])
    let third = "[[node]]\nname = \"loadb3\"\n"
    let nodes = try words(Self.head + Self.director, Self.head + third + Self.director)
    #expect(
      nodes == [
        "node: loadb1, loadb2, loadb3, was loadb1, loadb2",
        "group director: preferred: loadb1, loadb2, loadb3, was loadb1, loadb2",
      ])
  }

  @Test func addressesComeAndGo() throws {
    let two = Self.group("director", "192.0.2.21/24", "192.0.2.22/24")
    #expect(
      try words(Self.head + Self.director, Self.head + two) == ["group director: vip: 192.0.2.22/24 on eth0 added"])
    #expect(
      try words(Self.head + two, Self.head + Self.director) == ["group director: vip: 192.0.2.22/24 on eth0 removed"])
  }

  @Test func anAddressMovesToAnotherGroupOrDevice() throws {
    let both = Self.group("director", "192.0.2.21/24", "192.0.2.22/24") + Self.group("mail", "192.0.2.25/24")
    let moved = Self.group("director", "192.0.2.21/24") + Self.group("mail", "192.0.2.25/24", "192.0.2.22/24")
    #expect(
      try words(Self.head + both, Self.head + moved) == [
        "192.0.2.22/24: on eth0 in group mail, was on eth0 in group director"
      ])
    let device = Self.director.replacing("eth0", with: "eth1")
    #expect(
      try words(Self.head + Self.director, Self.head + device) == [
        "192.0.2.21/24: on eth1 in group director, was on eth0 in group director"
      ])
  }

  @Test func groupsComeGoAndAreRenamed() throws {
    let mail = Self.group("mail", "192.0.2.25/24")
    #expect(
      try words(Self.head + Self.director, Self.head + Self.director + mail) == [
        "group mail: name: mail added", "group mail: vip: 192.0.2.25/24 on eth0 added",
      ])
    #expect(
      try words(Self.head + Self.director + mail, Self.head + Self.director) == ["group mail: name: mail removed"])
    let web = Self.group("web", "192.0.2.21/24", more: "lease = \"10s\"")
    #expect(
      try words(Self.head + Self.director, Self.head + web) == [
        "group web: name: web, was director", "group web: lease: 10s, was 3s",
      ])
  }

  @Test func thousandsOfAddressesAreOneLine() throws {
    let many = Self.group("director", "192.0.2.21/24", "10.0.0.1-10.0.7.208/16")
    let words = try words(Self.head + Self.director, Self.head + many)
    #expect(words.count == 1 && words.first?.contains("10.0.0.8/16 on eth0 and 1992 more added") == true, "\(words)")
  }

  @Test func howAnAddressIsAddedIsAChange() throws {
    let labelled = Self.director + "label = \"eth0:0\"\n"
    #expect(
      try words(Self.head + Self.director, Self.head + labelled) == [
        "group director: vip: 192.0.2.21/24 on eth0 (label eth0:0, broadcast 192.0.2.255), "
          + "was 192.0.2.21/24 on eth0 (label none, broadcast 192.0.2.255)"
      ])
  }

  @Test func theFactsAreInTheFields() throws {
    let web = Self.group("web", "192.0.2.21/24")
    let change = try configuration(Self.head + Self.director).changes(to: configuration(Self.head + web))[0]
    let message = Message.reloadChanged(change)
    #expect(message.text == "reload: group web: name: web, was director")
    #expect(message.fields[.group] == "web" && message.fields[.setting] == "group.name")
    #expect(message.fields[.before] == "director" && message.fields[.after] == "web")
  }

  /// Of a secret nothing is told.
  @Test func keysChangeByTheirNumbers() {
    func key(_ id: UInt8, _ byte: UInt8) -> Key { Key(id: id, secret: [UInt8](repeating: byte, count: 32)) }
    let one = KeyRing(signing: key(1, 7), keys: [key(1, 7)])
    let two = KeyRing(signing: key(2, 8), keys: [key(1, 7), key(2, 8)])
    let other = KeyRing(signing: key(1, 9), keys: [key(1, 9)])
    #expect(one.change(to: one) == nil)
    #expect(one.change(to: two)?.words == "keys: 2 signs, of 1, 2, was 1 signs, of 1")
    #expect(one.change(to: other)?.words == "keys: 1 signs, of 1, new secrets, was 1 signs, of 1")
  }
}
