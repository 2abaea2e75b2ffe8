import Configuration
import Glibc
import Support

/// Whether the heartbeat thread gets the processor when it needs it, and its memory stays where it is.
enum RealtimeCheck: HostCheck {
  static let name = "realtime"

  static func examine(_ host: HostSnapshot) -> [Finding] {
    guard host.configuration.heartbeat.realtime else {
      return [.note("realtime = false", "Under load a heartbeat may be late. deadtime must leave room for that.")]
    }
    let findings = throttling(host) + (host.agent.map(measure) ?? expect(host))
    return findings.isEmpty ? [.ok("the heartbeat thread can be SCHED_FIFO, with its memory locked")] : findings
  }

  private static let unlocked =
    "A page that must be read from disk holds the heartbeat up for as long as the disk takes."
  private static let unscheduled = "Under load its heartbeats come late, and the others take this node for dead."

  /// What the running agent has got.
  private static func measure(_ agent: RunningAgent) -> [Finding] {
    guard let thread = agent.heartbeatThread else {
      return [.unknown("scheduling", because: "the agent has just ended")]
    }
    var findings: [Finding] = []
    if sched_getscheduler(thread) != SCHED_FIFO {
      findings.append(
        .warning(
          "the heartbeat thread is not SCHED_FIFO", unscheduled,
          fix: [.grantPriority]))
    }
    let status = ProcessTable.text("/proc/\(agent.process)/status") ?? ""
    if ProcessTable.field("VmLck", of: status) == "0 kB" {
      findings.append(
        .warning(
          "the agent's memory is not locked", unlocked,
          fix: [.grantMemory]))
    }
    return findings
  }

  /// What an agent would get if it were started from here.
  private static func expect(_ host: HostSnapshot) -> [Finding] {
    guard let privileges = host.privileges else { return [.unknown("limits", because: "/proc does not show them")] }
    var findings: [Finding] = []
    if !privileges.has(.sysNice), privileges.realtimePriority < host.configuration.heartbeat.rtprio {
      findings.append(
        .note(
          "an agent started from here would not be SCHED_FIFO: no CAP_SYS_NICE, RLIMIT_RTPRIO \(privileges.realtimePriority)",
          unscheduled, fix: [.grantPriority]))
    }
    // 64 MiB: what the agent maps, whether it touches it or not.
    if !privileges.has(.ipcLock), privileges.lockedBytes < 64 << 20 {
      findings.append(
        .note(
          "an agent started from here would not lock its memory: no CAP_IPC_LOCK, RLIMIT_MEMLOCK \(privileges.lockedBytes)",
          unlocked, fix: [.grantMemory]))
    }
    return findings
  }

  /// What the kernel leaves to realtime threads (Documentation/scheduler/sched-rt-group.rst).
  private static func throttling(_ host: HostSnapshot) -> [Finding] {
    var findings: [Finding] = []
    let period = Sysctl.number("kernel/sched_rt_period_us") ?? 1_000_000
    if let runtime = Sysctl.number("kernel/sched_rt_runtime_us"), runtime >= 0, runtime < period / 2 {
      findings.append(
        .warning(
          "realtime threads may run for \(runtime) of \(period) µs only",
          "When others have used that up, the heartbeat thread stands still for the rest of the period.",
          fix: Remedy.setting("kernel/sched_rt_runtime_us", period / 100 * 95)))
    }
    let process = host.agent?.process ?? getpid()
    if let group = cpuGroup(of: process), ProcessTable.text("/sys/fs/cgroup/cpu\(group)/cpu.rt_runtime_us") == "0" {
      findings.append(
        .warning(
          "its control group \(group) leaves no time to realtime threads",
          "The kernel refuses SCHED_FIFO there. \(unscheduled)",
          fix: [
            .advice("give the group realtime (cpu.rt_runtime_us), or let a kernel with control groups of version 2 run")
          ]))
    }
    return findings
  }

  /// The path of a process in the hierarchy of the `cpu` controller, where that is version 1: `4:cpu,cpuacct:/path`.
  private static func cpuGroup(of process: pid_t) -> String? {
    for line in (ProcessTable.text("/proc/\(process)/cgroup") ?? "").split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      if fields.count == 3, fields[1].split(separator: ",").contains("cpu") { return String(fields[2]) }
    }
    return nil
  }
}

extension Remedy {
  fileprivate static let grantPriority = Remedy(
    .grantPriority, "LimitRTPRIO=99", "under [Service] (systemctl edit vipagent); then restart it")
  fileprivate static let grantMemory = Remedy(
    .grantMemory, "LimitMEMLOCK=infinity", "under [Service] (systemctl edit vipagent); then restart it")
}
