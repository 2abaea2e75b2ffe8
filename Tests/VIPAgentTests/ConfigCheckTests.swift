import ArgumentParser
import Glibc
import Testing

@testable import Commands
@testable import Configuration
@testable import Support

/// `vipagent check` as a whole, on this host.
struct ConfigCheckTests {
  private func run(_ arguments: [String]) throws {
    try Check.parse(arguments).run()
  }

  @Test func theFileAloneIsGood() throws {
    try run(["--config", ConfigTests.example, "--no-host"])
  }

  @Test func aHostThatFitsIsGood() throws {
    let directory = try TemporaryDirectory()
    let keys = directory.path + "/keys"
    try KeyGenerator.create(keys)
    let text = smallest().replacing("\"eth0\"", with: "\"lo\"").replacing("/k", with: keys)
    let config = try directory.write("config.toml", text)
    try run(["--config", config, "--node", "A"])
    #expect(throws: ExitCode(EX_CONFIG)) { try run(["--config", config, "--node", "z"]) }
    try #require(chmod(keys, 0o644) == 0)
    #expect(throws: ExitCode(EX_CONFIG)) { try run(["--config", config, "--node", "A"]) }
    try run(["--config", config, "--no-host"])
  }

  @Test func aDeviceThatIsNotThereIsNot() throws {
    let directory = try TemporaryDirectory()
    let keys = directory.path + "/keys"
    try KeyGenerator.create(keys)
    let config = try directory.write(
      "config.toml", smallest().replacing("\"eth0\"", with: "\"nosuchdev\"").replacing("/k", with: keys))
    #expect(throws: ExitCode(EX_CONFIG)) { try run(["--config", config, "--node", "a"]) }
  }

  @Test func aBadFileIsEX_CONFIG() throws {
    let directory = try TemporaryDirectory()
    let config = try directory.write("config.toml", "clustr = 1")
    #expect(throws: ExitCode(78)) { try run(["--config", config, "--no-host"]) }
    #expect(throws: ExitCode(78)) { try run(["--config", directory.path + "/missing"]) }
  }

  @Test func theHostHasAName() {
    var name = utsname()
    uname(&name)
    let nodename = withUnsafeBytes(of: name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    #expect(NodeName.ofThisHost() == nodename && !nodename.isEmpty)
  }
}
