import Glibc
import Lab

/// What happens to the host or the agent that has the address.
enum Outages {
  /// The cable is cut and everything killed at once.
  static func powerLoss(_ rig: Rig, _ sample: inout Sample) throws {
    try rig.startBoth()
    let pinger = try rig.ping()
    let record = Record(rig, pinger)
    try rig.nodes[0].host.powerOff()
    try rig.waitForHolder(1, within: .seconds(15) + rig.pace.silence * 2)
    try expectAnswer(pinger, within: .seconds(10))
    pause(.milliseconds(700))
    record.conclude(into: &sample)
  }

  /// The owner's agent is stopped in an orderly way, and later started again. The client asks 10,000 times a second.
  static func stop(_ rig: Rig, _ sample: inout Sample) throws {
    try rig.startBoth()
    let pinger = try rig.ping(every: .microseconds(100))
    let stopping = Record(rig, pinger)
    rig.nodes[0].stop()
    try rig.waitForHolder(1, within: .seconds(20) + rig.pace.silence * 2)
    try expectAnswer(pinger, within: .seconds(10))
    pause(.seconds(2))
    stopping.conclude(into: &sample)
    guard rig.nodes[0].guardian?.waitForExit(timeout: .seconds(30)) != nil else {
      throw BenchError("the agent of loadb1 does not end\(rig.nodes[0].words)")
    }

    let returning = Record(rig, pinger)
    try rig.nodes[0].start()
    try rig.waitForHolder(0, within: .seconds(60))
    try rig.nodes[0].findLeader()
    try expectAnswer(pinger, within: .seconds(10))
    pause(.seconds(2))
    returning.conclude(into: &sample, "back_")
  }

  /// All processes of the owner's agent are killed; nobody starts them again.
  static func kill(_ rig: Rig, _ sample: inout Sample) throws {
    try rig.startBoth()
    let record = Record(rig, try rig.ping())
    try rig.nodes[0].processes().signal(SIGKILL)
    pause(.seconds(10))
    record.conclude(into: &sample)
  }

  /// All processes of the owner's agent stand still for five seconds.
  static func freeze(_ rig: Rig, _ sample: inout Sample) throws {
    try rig.startBoth()
    let record = Record(rig, try rig.ping())
    let processes = try rig.nodes[0].processes()
    processes.signal(SIGSTOP)
    pause(.seconds(5))
    processes.signal(SIGCONT)
    pause(.seconds(10))
    record.conclude(into: &sample)
  }

  private static func expectAnswer(_ pinger: Pinger, within bound: Duration) throws {
    guard pinger.waitForAnswer(since: pinger.mark(), timeout: bound) else {
      throw BenchError("the client gets no answer any more")
    }
  }
}
