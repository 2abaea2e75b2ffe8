import Addresses
import Engine
import Heartbeats
import Log
import Status
import Support
import TakeoverCore

/// Makes the agent's status: of a snapshot of the heartbeat thread, of what was told, and of what all threads have counted.
struct StatusCollector {
  let generations: Generations
  let foreign: ForeignAddresses
  let devices: DeviceStates
  let eventHistory: EventHistory
  let shutdown: Shutdown
  let heartbeats: HeartbeatThread
  let addresses: AddressThread
  let standby: StandbyMemory
  let log: Log
  let session: UInt64

  /// - Parameter generation: whose places the snapshot uses.
  func status(of snapshot: borrowing CoreSnapshot, _ generation: Generation) -> Status {
    let builder = StatusBuilder(
      generation: generation, eventHistory: eventHistory,
      process: StatusBuilder.Process(
        configPath: generations.configPath, session: session, state: shutdown.state, configured: generations.configured,
        reloadRefused: generations.refusal, doubts: generations.doubts,
        standbyForgotten: standby.failure(isOnStandby: isOnStandby(snapshot)),
        deviceTroubles: devices.troubles, realtime: eventHistory.isRealtime,
        memoryLocked: eventHistory.isMemoryLocked),
      foreign: { [foreign] in foreign.words(for: $0) }, heartbeats: heartbeats.counters, counters: counters,
      ways: { PacketWays(of: $0) })
    return builder.status(of: snapshot)
  }

  private func isOnStandby(_ snapshot: borrowing CoreSnapshot) -> Bool {
    for place in 0..<snapshot.groupCount where snapshot.groups[place].isOnStandby { return true }
    return false
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
