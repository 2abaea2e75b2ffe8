import Glibc
import Lab
import Linux
import Synchronization
import Testing

/// The administrator's days: the package, the service and docs/recipes.md as people use them, on three booted hosts; run by
/// `make test-systemd`. One story, told once, because a boot takes its time: each chapter begins with loadb1 as the owner of the
/// first group and another node ready to take over.
@Suite(.needsRoot, .enabled(if: BootedCluster.room != nil, "needs the disks that Tests/systemd/run makes"))
struct SystemdTests {
  /// What is being told, for an issue to say.
  private static let current = Mutex("")

  private static let story: [Chapter] = [
    .install, .documents, .firstCluster, .privilege,
    // The service on two hosts.
    .reload, .restart, .kill, .hang, .stop, .reboot, .powerLoss, .lateDevice, .wrongConfiguration, .standby,
    // The days after.
    .secondGroup, .thirdHost, .typo, .wrongKey, .keyChange, .packetFilter, .firewalld, .anotherSubnet, .rename,
    .unattendedUpgrades, .patches, .monitoring, .audit,
    .nodeRemoval, .removal, .everyRecipe,
  ]

  @Test(.timeLimit(.minutes(10)), .compactMapIssues(nameChapter)) func theAdministratorsDays() throws {
    let start = BootClock.now()
    let cluster = try BootedCluster()
    defer { cluster.lab.tearDown() }
    for chapter in Self.story {
      let began = BootClock.now()
      Self.current.withLock { $0 = chapter.title }
      do {
        try chapter.tell(cluster)
      } catch {
        for host in cluster.running {
          print("\(host.name):\n\((try? host.run("journalctl --no-pager --unit=vipagent --lines=80").output) ?? "")")
        }
        throw error
      }
      print("— \(chapter.title): \((BootClock.now() - began) / 1_000_000) ms")
    }
    print("all chapters: \((BootClock.now() - start) / 1_000_000_000) s")
  }

  @Sendable private static func nameChapter(of issue: Issue) -> Issue? {
    var issue = issue
    issue.comments.append("in chapter \(current.withLock { "“\($0)”" })")
    return issue
  }
}
