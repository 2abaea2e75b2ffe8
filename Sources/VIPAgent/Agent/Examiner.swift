import Glibc
import TakeoverCore

/// Makes the agent's status: of a snapshot of the heartbeat thread, of what was told, and of what all threads have counted.
struct Examiner {
  let plans: Plans
  let foreign: ForeignAddresses
  let chronicle: Chronicle
  let ending: Ending
  let heartbeats: HeartbeatThread
  let addresses: AddressThread
  let log: Log
  let session: UInt64

  /// - Parameter plan: whose places the snapshot uses.
  func status(of snapshot: borrowing CoreSnapshot, _ plan: Plan) -> Status {
    let builder = StatusBuilder(
      plan: plan, chronicle: chronicle,
      process: StatusBuilder.Process(
        configPath: plans.configPath, session: session, state: ending.state, configured: plans.configured,
        reloadRefused: plans.refusal, doubts: plans.doubts, realtime: chronicle.isRealtime,
        memoryLocked: chronicle.isMemoryLocked),
      foreign: { [foreign] in foreign.words(for: $0) }, heartbeats: heartbeats.counters, counters: counters,
      obstacle: Self.obstacle)
    return builder.status(of: snapshot)
  }

  /// Asks the kernel for the way of one address on each device of the group: that takes some microseconds and waits for nobody
  /// (RTM_GETROUTE is answered without RTNL).
  private static func obstacle(of group: GroupAddresses) -> String? {
    guard var routes = try? RouteMender() else { return nil }
    for device in group.devices.sorted() {
      let link = Int32(bitPattern: if_nametoindex(device))
      guard link != 0, let vip = group.vips.first(where: { $0.dev == device }) else { continue }
      let address = AddressIdentity(prefix: vip.prefix, link: link)
      if let obstacle = try? routes.obstacle(to: address, named: device) { return obstacle }
    }
    return nil
  }

  /// Those of the control socket are the desk's to add.
  private var counters: AgentCounters {
    let lines = log.counts
    return AgentCounters(
      logLinesDropped: lines.dropped, logSinkError: lines.sinkError, logLinesSuppressed: lines.leftOut,
      mailboxRefusals: [
        "reports": heartbeats.reports.refused, "commands": heartbeats.commands.refused,
        "orders": addresses.orders.refused, "notices": addresses.notices.refused,
      ])
  }
}
