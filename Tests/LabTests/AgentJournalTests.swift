import Glibc
import Lab
import Testing

/// What an administrator finds in a real journal, kept by a real systemd-journald in a mount namespace of its own.
@Suite(
  .needsRoot, .enabled(if: access(journald, X_OK) == 0, "needs systemd-journald"), .serialized,
  .timeLimit(.minutes(1)))
struct AgentJournalTests {
  @Test func aTakeoverIsInTheJournalWithItsFields() throws {
    try withAgents { rig in
      let journal = JournalRig(rig)
      try rig.loadb1.start()
      try rig.waitForOwner("loadb1")
      try rig.loadb2.start(under: journal.wrapper(of: rig.loadb2))
      try rig.loadb1.waitForLine("loadb2 is here")
      try journal.waitForRecord(of: rig.loadb2, "backup")
      try rig.loadb1.host.powerOff()
      try rig.waitForOwner("loadb2")

      let dead = try journal.waitForRecord(of: rig.loadb2, "dead")
      #expect(dead.contains("\"PRIORITY\":\"4\""))
      #expect(dead.contains("\"SYSLOG_IDENTIFIER\":\"vipagent\""))
      #expect(dead.contains("\"VIPAGENT_NODE\":\"loadb2\"") && dead.contains("\"VIPAGENT_PEER\":\"loadb1\""))
      #expect(dead.contains("\"MESSAGE\":\"loadb1 is dead: silent for "))
      let taking = try journal.waitForRecord(of: rig.loadb2, "takingOver")
      for field in [
        "\"VIPAGENT_GROUP\":\"director\"", "\"VIPAGENT_ADDRESS\":\"195.46.64.21/24\"", "\"VIPAGENT_DEVICE\":\"eth0\"",
        "\"VIPAGENT_FROM\":\"backup\"", "\"VIPAGENT_TO\":\"claiming\"", "\"VIPAGENT_REASON\":\"ownerDead\"",
        "\"VIPAGENT_PEER\":\"loadb1\"", "\"VIPAGENT_TERM\":", "\"_TRANSPORT\":\"journal\"",
      ] { #expect(taking.contains(field), "\(field) in \(taking)") }
      _ = try journal.waitForRecord(of: rig.loadb2, "owning")
      #expect(rig.loadb2.lines.isEmpty, "nothing goes to standard error besides")
    }
  }

  @Test func theCatalogExplainsWhatIsInTheJournal() throws {
    try withAgents { rig in
      let journal = JournalRig(rig)
      try rig.loadb1.start(under: journal.wrapper(of: rig.loadb1))
      try journal.waitForRecord(of: rig.loadb1, "owning")
      let text = try journal.read(rig.loadb1, "--catalog", "VIPAGENT_KIND=owning").joined(separator: "\n")
      #expect(text.contains("Subject: This node is the owner of a group"))
      #expect(text.contains("Defined-By: vipagent"))
      #expect(text.contains("Group: director"))
      #expect(text.contains("Address: 195.46.64.21/24"))
      #expect(!text.contains("@VIPAGENT_"), "each field is there: \(text)")
    }
  }
}

private let journald = "/lib/systemd/systemd-journald"

/// A journal for each load balancer, in the mount namespace of its agent.
private struct JournalRig {
  private let rig: AgentRig
  private let catalog = String(#filePath.dropLast("Tests/LabTests/AgentJournalTests.swift".count)) + "packaging"

  init(_ rig: AgentRig) { self.rig = rig }

  /// What starts a journald, and an agent whose standard error leads there as systemd would connect it.
  func wrapper(of balancer: Balancer) -> [String] {
    let script = """
      set -e
      mount --make-rprivate /
      mount -t tmpfs tmpfs /run
      mkdir -p /run/systemd/journal /run/log/journal
      mount -t tmpfs tmpfs /var/lib/systemd/catalog
      mount -t tmpfs tmpfs /usr/lib/systemd/catalog
      cp \(catalog)/vipagent.catalog /usr/lib/systemd/catalog/
      mount -t tmpfs tmpfs /var/log
      journalctl --update-catalog
      \(journald) >/dev/null 2>&1 &
      until test -S /run/systemd/journal/stdout; do sleep 0.02; done
      exec systemd-cat sh -c 'export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2); exec "$@"' sh "$@"
      """
    return ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh"]
  }

  /// Reads the journal of an agent that runs.
  func read(_ balancer: Balancer, _ arguments: String...) throws -> [String] {
    let agent = try #require(balancer.agent)
    let command = ["-t", "\(agent.identifier)", "-m", "/usr/bin/journalctl", "--no-pager", "-q"] + arguments
    let reader = try balancer.host.start("/usr/bin/nsenter", command)
    try #require(reader.waitForExit(timeout: .seconds(10)) != nil)
    return reader.lines.map(\.text)
  }

  /// Waits until the journal has a record of a kind; returns it as JSON.
  @discardableResult
  func waitForRecord(of balancer: Balancer, _ kind: String) throws -> String {
    let agent = try #require(balancer.agent)
    let follower = try balancer.host.start(
      "/usr/bin/nsenter",
      [
        "-t", "\(agent.identifier)", "-m", "/bin/sh", "-c",
        "until test -S /run/systemd/journal/socket; do sleep 0.02; done; exec journalctl -q -f -n all -o json \"$1\"",
        "sh",
        "VIPAGENT_KIND=\(kind)",
      ])
    defer { follower.kill() }
    guard let line = follower.waitForLine(containing: "\"\(kind)\"", timeout: .seconds(10)) else {
      throw NotInTime("\(balancer.name) has \(kind) in its journal: \(balancer.lines) \(follower.lines)")
    }
    return line.text
  }
}
