import Glibc
import Lab
import Linux
import Testing

/// Planned moves: nothing is lost, and the address is on both hosts for an instant only.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(2))) struct AgentHandOverTests {
  @Test func stoppingTheOwnerAndStartingItAgainLosesNothing() throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      var (lost, stops): ([Int], [Double]) = ([], [])
      for _ in 0..<10 {
        var mark = pinger.mark()
        let (exit, took) = try rig.loadb1.end()
        #expect(exit == .code(0))
        stops.append(took)
        try rig.waitForOwner("loadb2")
        try calm(pinger)
        lost.append(pinger.report(since: mark).lost)
        mark = pinger.mark()
        try rig.loadb1.start()
        try rig.waitForOwner("loadb1")
        try calm(pinger)
        lost.append(pinger.report(since: mark).lost)
      }
      print("lost at stop, fail-back, stop, …: \(lost)")
      print("stop to exit, ms: \(listed(stops))")
      print("both hosts had the address, ms: \(listed(rig.overlaps()))")
      #expect(lost.allSatisfy { $0 == 0 })
      #expect(stops.allSatisfy { $0 < 1000 })
      #expect(rig.overlaps().count == 20)
      #expect(rig.overlaps().allSatisfy { $0 < 5 })
    }
  }

  @Test func standbyAndBackLosesNothing() throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      var lost: [Int] = []
      for _ in 0..<5 {
        for owner in ["loadb2", "loadb1"] {
          let mark = pinger.mark()
          try rig.loadb1.signal(SIGUSR2)
          try rig.waitForOwner(owner)
          try calm(pinger)
          lost.append(pinger.report(since: mark).lost)
        }
      }
      print("lost at standby, available, …: \(lost); both hosts had the address, ms: \(listed(rig.overlaps()))")
      #expect(lost.allSatisfy { $0 == 0 })
      #expect(rig.overlaps().allSatisfy { $0 < 5 })
    }
  }

  @Test func interruptFromTheKeyboardHandsOverToo() throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      #expect(try rig.loadb1.end(with: SIGINT).exit == .code(0))
      try rig.waitForOwner("loadb2")
      try rig.loadb1.waitForLine("SIGINT: handing over")
      try calm(pinger)
      #expect(pinger.report(since: mark).lost == 0)
    }
  }

  @Test func moreSignalsWhileStoppingDoNoHarm() throws {
    try withAgents { rig in
      try rig.startBoth()
      let pinger = try rig.ping()
      let mark = pinger.mark()
      for signal in [SIGTERM, SIGTERM, SIGHUP, SIGINT] { try rig.loadb1.signal(signal) }
      let (exit, took) = try rig.loadb1.end()
      #expect(exit == .code(0))
      #expect(took < 1000)
      try rig.waitForOwner("loadb2")
      try calm(pinger)
      #expect(pinger.report(since: mark).lost == 0)
      #expect(rig.loadb1.lines.count { $0.contains("handing over and letting go") } == 1)
    }
  }

  @Test func anOwnerWithoutABackupTakesTheAddressAlong() throws {
    try withAgents { rig in
      try rig.loadb1.start()
      try rig.waitForOwner("loadb1")
      let (exit, took) = try rig.loadb1.end()
      #expect(exit == .code(0))
      #expect(took < 1000)
      #expect(try !rig.loadb1.host.hasAddress(rig.watch.address))
    }
  }

  @Test func oneThatListensStopsAtOnce() throws {
    try withAgents { rig in
      try rig.loadb2.start()
      try rig.loadb2.waitForLine("fingerprint")
      let (exit, took) = try rig.loadb2.end()
      #expect(exit == .code(0))
      #expect(took < 1000)
      #expect(rig.watch.holdings.isEmpty)
    }
  }

  @Test func aBackupWhoseOwnerIsGoneAndWhoseLinkIsDownStopsAtOnce() throws {
    try withAgents { rig in
      try rig.startBoth()
      try rig.loadb2.host.cut()
      try rig.loadb2.waitForLine("listening before taking part")
      try rig.loadb1.host.powerOff()
      try rig.loadb2.waitForLine("loadb1 is dead")
      let (exit, took) = try rig.loadb2.end()
      #expect(exit == .code(0))
      #expect(took < 1000)
      #expect(rig.watch.holdings.map(\.host) == ["loadb1"])
    }
  }
}
