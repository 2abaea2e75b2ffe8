import Glibc
import Linux
import Netlink
import Testing

@testable import Lab

@Suite(.needsRoot, .timeLimit(.minutes(1))) struct HostTests {
  @Test func bootsWithItsAddresses() throws {
    try withLab { lab in
      let host = try lab.bootHost("loadb1", "195.46.64.15/24")
      let address = try #require(try host.addresses().first { $0.prefix == IPPrefix("195.46.64.15/24") })
      #expect(address.label == "eth0")
      #expect(address.broadcast == IPAddress("195.46.64.255"))
      #expect(try host.hasAddress(try #require(IPAddress("127.0.0.1"))))
      #expect(try !host.hasAddress(try #require(IPAddress("195.46.64.16"))))
    }
  }

  @Test func programsSeeTheHostsOwnName() throws {
    try withLab { lab in
      let names = try ["loadb1", "loadb2"].enumerated().map { index, name in
        let process = try lab.bootHost(name, "195.46.64.\(15 + index)/24").start("/bin/uname", ["-n"])
        #expect(process.waitForExit(timeout: .seconds(10)) == .code(0))
        return process.lines.map(\.text)
      }
      #expect(names == [["loadb1"], ["loadb2"]])
    }
  }

  @Test func programsSeeOnlyTheHostsNetworkAndEnvironment() throws {
    try withLab { lab in
      let host = try lab.bootHost("loadb1", "195.46.64.15/24")
      let devices = try host.start("/bin/cat", ["/proc/self/net/dev"])
      #expect(devices.waitForExit(timeout: .seconds(10)) == .code(0))
      let names = devices.lines.dropFirst(2).compactMap { $0.text.split(separator: ":").first }
      #expect(Set(names.map { $0.drop { $0 == " " } }) == ["lo", "eth0"])

      let environment = try host.start("/usr/bin/env", environment: ["COLOUR": "green"])
      #expect(environment.waitForExit(timeout: .seconds(10)) == .code(0))
      #expect(environment.lines.map(\.text) == ["COLOUR=green"])
    }
  }

  @Test func linesArriveWhileTheProgramRuns() throws {
    try withLab { lab in
      let host = try lab.bootHost("loadb1", "195.46.64.15/24")
      let before = BootClock.now()
      let process = try host.start("/bin/sh", ["-c", "echo one; printf 'two\\nthree' >&2; read forever < /dev/zero"])
      let two = try #require(process.waitForLine(containing: "two", timeout: .seconds(10)))
      #expect((before...BootClock.now()).contains(two.time))
      #expect(process.exit == nil)
      process.kill()
      #expect(process.waitForExit(timeout: .seconds(10)) == .signal(SIGKILL))
      #expect(process.lines.map(\.text) == ["one", "two", "three"])
      #expect(process.waitForLine(containing: "four", timeout: .seconds(60)) == nil)
    }
  }

  @Test func signalsAndStatusReachTheRightSide() throws {
    try withLab { lab in
      let host = try lab.bootHost("loadb1", "195.46.64.15/24")
      let process = try host.start("/bin/sh", ["-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"])
      _ = try #require(process.waitForLine(containing: "ready", timeout: .seconds(10)))
      process.signal(SIGTERM)
      #expect(process.waitForExit(timeout: .seconds(10)) == .code(7))
      process.signal(SIGTERM)
      process.kill()
    }
  }

  @Test func aProgramThatCannotStartSaysWhereAndWhy() throws {
    try withLab { lab in
      let host = try lab.bootHost("loadb1", "195.46.64.15/24")
      let error = try #require(throws: LabError.self) { _ = try host.start("/nonexistent/program") }
      guard case .launch(let failure) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(failure.step == "execve")
      #expect(failure.errno == Errno(rawValue: ENOENT))
      #expect("\(failure)" == "start /nonexistent/program on loadb1: execve: ENOENT (No such file or directory)")
    }
  }

  @Test func programsStartWithNothingInherited() throws {
    try withLab { lab in
      let host = try lab.bootHost("loadb1", "195.46.64.15/24")
      let process = try host.start("/bin/ls", ["/proc/self/fd"])
      #expect(process.waitForExit(timeout: .seconds(10)) == .code(0))
      // 3 is the folder that ls reads.
      #expect(process.lines.map(\.text) == ["0", "1", "2", "3"])
      let status = try host.start("/bin/grep", ["-E", "^Sig(Blk|Ign)", "/proc/self/status"])
      #expect(status.waitForExit(timeout: .seconds(10)) == .code(0))
      let masks = status.lines.compactMap { UInt64($0.text.split(separator: "\t").last ?? "", radix: 16) }
      // 32 and 33 are the C library's own: it lets nobody change them.
      #expect(masks.map { $0 & ~(3 << 31) } == [0, 0])
    }
  }

  @Test func powerLossKillsEveryProgramAndTheNetworkWithIt() throws {
    try withLab { lab in
      let host = try lab.bootHost("loadb1", "195.46.64.15/24")
      let processes = try (0..<3).map { _ in try host.start("/bin/sleep", ["600"]) }
      try host.add("195.46.64.21/24", label: "eth0:0")
      try host.powerOff()
      for process in processes {
        #expect(process.exit == .signal(SIGKILL))
        #expect(!exists(process.identifier))
      }
      #expect(!host.isRunning)
      #expect(throws: LabError.self) { _ = try host.start("/bin/true") }
      #expect(throws: LabError.self) { _ = try host.addresses() }

      try host.boot()
      #expect(try !host.hasAddress(try #require(IPAddress("195.46.64.21"))))
      #expect(try host.hasAddress(try #require(IPAddress("195.46.64.15"))))
    }
  }

  @Test func tearingDownLeavesNoProgram() throws {
    let lab = try Lab()
    let host = try lab.bootHost("loadb1", "195.46.64.15/24")
    let process = try host.start("/bin/sleep", ["600"])
    lab.tearDown()
    lab.tearDown()
    #expect(process.exit == .signal(SIGKILL))
    #expect(!exists(process.identifier))
    #expect(throws: LabError.self) { _ = try lab.addHost("loadb2") }
  }

  @Test func programsDieWithTheThreadThatStartedThem() throws {
    let launcher = try Launcher()
    let namespace = try Namespace("lonely")
    let program = Program(path: "/bin/sleep", arguments: ["600"], environment: [:])
    let process = try HostProcess(
      try launcher.start(program, host: "lonely", namespace: namespace), on: "lonely", onLine: { _ in })
    #expect(process.exit == nil)
    launcher.close()
    #expect(process.waitForExit(timeout: .seconds(10)) == .signal(SIGKILL))
  }
}
