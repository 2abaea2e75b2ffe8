import Glibc
import Lab
import Linux
import Netlink
import Testing

/// `vipagent-demo`, as a newcomer runs it.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(2))) struct AgentDemoTests {
  private static let asNobody = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

  /// A build leaves it beside the agent.
  private static func demo() throws -> String { try Lab.agentBinary() + "-demo" }

  @Test func showsFiveStepsAndTheirFigures() throws {
    try withLab { lab in
      let demo = try lab.bootHost("desk", "192.0.2.1/24").start(Self.demo(), [])
      try expectShow(demo)
    }
  }

  @Test func showsTheSameToAnOrdinaryUserOrSaysWhyNot() throws {
    try withLab { lab in
      let desk = try lab.bootHost("desk", "192.0.2.1/24")
      // Where nobody may look: a build may lie in a private folder.
      let folder = try TemporaryFolder("vipagent-tests")
      try #require(chmod(folder.path, 0o755) == 0)
      let copy = try desk.start("/bin/cp", [try Lab.agentBinary(), try Self.demo(), folder.path])
      try #require(copy.waitForExit(timeout: .seconds(10)) == .code(0))

      let probe = try desk.start(
        Self.asNobody[0], Array(Self.asNobody.dropFirst()) + ["/usr/bin/unshare", "--user", "--net", "/bin/true"])
      let isAllowed = probe.waitForExit(timeout: .seconds(10)) == .code(0)
      let demo = try desk.start(Self.asNobody[0], Array(Self.asNobody.dropFirst()) + ["\(folder.path)/vipagent-demo"])
      if isAllowed {
        try expectShow(demo)
      } else {
        #expect(demo.waitForExit(timeout: .seconds(10)) == .code(1))
        #expect(
          demo.lines.contains { $0.text.contains("needs root, or a kernel that lets users make user namespaces") })
      }
    }
  }

  private func expectShow(_ demo: HostProcess) throws {
    let exit = demo.waitForExit(timeout: .seconds(60))
    let lines = demo.lines.map(\.text)
    #expect(exit == .code(0), "\(lines.joined(separator: "\n"))")
    let heading = try #require(lines.lastIndex { $0.contains("settled after") && $0.contains("lost/sent") })
    let rows = lines[(heading + 1)...].prefix(5)
    for (row, words) in zip(
      rows, ["both load balancers start", "power loss", "power returns", "planned stop", "agent starts again"])
    {
      #expect(row.contains(words))
    }
    // What is planned loses nothing.
    for row in rows.dropFirst(2) { #expect(row.contains(" none ") && row.contains(" 0/"), "\(row)") }
    #expect(lines.last?.hasPrefix("both kernels had the address") == true)
    print(lines[heading...].joined(separator: "\n"))
  }
}
