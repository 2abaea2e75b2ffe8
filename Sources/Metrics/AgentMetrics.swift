import Status
import TakeoverCore

extension Metric {
  /// Every metric there is, in the order in which they are told.
  static let all: [Metric] = process + configuration + heartbeats + peers + groups + takeovers + service

  /// The process.
  private static let process: [Metric] = [
    Metric("info", .gauge, by: ["cluster", "node", "version"], "The agent; always 1.") { readings in
      let agent = readings.status.agent
      return [Sample(.flag(true), agent.cluster, agent.node, agent.version)]
    },
    Metric("state", .gauge, by: ["state"], "Whether the agent runs, stops or restarts: 1 for what it does.") {
      readings in
      [AgentStatus.State.running, .stopping, .restarting].map {
        Sample(.flag(readings.status.agent.state == $0), $0.rawValue)
      }
    },
    Metric("start_time_seconds", .gauge, "When the agent started, since 1970 in UTC.") {
      .timestamp($0.status.agent.started)
    },
    Metric("realtime", .gauge, "Whether the heartbeat thread runs under SCHED_FIFO.") {
      .flag($0.status.agent.realtime)
    },
    Metric("memory_locked", .gauge, "Whether the agent's memory is locked.") { .flag($0.status.agent.memoryLocked) },
  ]

  private static let configuration: [Metric] = [
    Metric("config_info", .gauge, by: ["fingerprint"], "The configuration in force; always 1.") {
      [Sample(.flag(true), $0.status.agent.fingerprint)]
    },
    Metric("config_last_reload_successful", .gauge, "Whether the last reload was accepted.") {
      .flag($0.status.agent.reloadRefused == nil)
    },
    Metric(
      "config_last_reload_success_timestamp_seconds", .gauge,
      "When the configuration in force was read, since 1970 in UTC."
    ) { .timestamp($0.status.agent.configured) },
  ]

  private static let heartbeats: [Metric] = [
    Metric("keepalive_seconds", .gauge, "Time between two heartbeats of this node.") {
      .microseconds($0.status.heartbeat.keepaliveUs)
    },
    Metric("warntime_seconds", .gauge, "Silence after which a node is late.") {
      .microseconds($0.status.heartbeat.warntimeUs)
    },
    Metric("deadtime_seconds", .gauge, "Silence after which this node is dead to the others.") {
      .microseconds($0.status.heartbeat.deadtimeUs)
    },
    Metric("initdead_seconds", .gauge, "How long this node listens before it may claim.") {
      .microseconds($0.status.heartbeat.initdeadUs)
    },
    Metric(
      "deadtime_recommended_seconds", .gauge,
      "The shortest deadtime that leaves a margin of 2 over the longest arrival gap of the last hour."
    ) { $0.status.heartbeat.advice.map { .microseconds($0.recommendedUs) } },
    Metric("deadtime_margin_ratio", .gauge, "Deadtime divided by the longest arrival gap of the last hour.") {
      $0.status.heartbeat.advice.map { .number($0.margin) }
    },
    Metric("heartbeats_sent_total", .counter, "Heartbeats said, one for all links together.") {
      .count($0.status.heartbeat.sent)
    },
    Metric(
      "heartbeats_received_total", .counter,
      "Authentic heartbeats heard, this node's own and copies over several links among them."
    ) { .count($0.status.heartbeat.received) },
    // All reasons from the start: what appears only with its first drop has no increase to alert on.
    Metric("dropped_datagrams_total", .counter, by: ["reason"], "Datagrams dropped, by the reason.") { readings in
      DropReason.allCases.map { Sample(.count(readings.status.heartbeat.dropped["\($0)"] ?? 0), "\($0)") }
    },
    Metric("link_up", .gauge, by: ["device"], "Whether heartbeats leave over the device.") { readings in
      readings.status.heartbeat.links.map { Sample(.flag($0.open && $0.failure == nil), $0.device) }
    },
  ]

  /// The log, the mailboxes, the control socket, and the listener for metrics itself.
  private static let service: [Metric] = [
    Metric("log_lines_dropped_total", .counter, "Log lines that the sink did not take in time.") {
      .count($0.status.counters.logLinesDropped)
    },
    Metric("log_lines_suppressed_total", .counter, "Sentences left out of the log because they repeated themselves.") {
      .count($0.status.counters.logLinesSuppressed)
    },
    Metric(
      "mailbox_refusals_total", .counter, by: ["mailbox"], "Messages between the agent's threads that found no room."
    ) { readings in
      readings.status.counters.mailboxRefusals.sorted { $0.key < $1.key }.map { Sample(.count($0.value), $0.key) }
    },
    Metric("control_clients", .gauge, "Clients on the control socket.") { .count($0.status.counters.controlClients) },
    Metric("control_clients_served_total", .counter, "Clients that the control socket has taken.") {
      .count($0.status.counters.controlClientsServed)
    },
    Metric("control_clients_refused_total", .counter, "Clients that may not ask, or found no room.") {
      .count($0.status.counters.controlClientsRefused)
    },
    Metric("control_clients_dropped_total", .counter, "Clients that were too slow, idle, or in another's way.") {
      .count($0.status.counters.controlClientsDropped)
    },
    Metric("control_requests_refused_total", .counter, "Requests that were malformed, unknown or forbidden.") {
      .count($0.status.counters.controlRequestsRefused)
    },
    Metric("http_connections_total", .counter, "Connections that the listener for metrics has taken.") {
      .count($0.scrapes.connections)
    },
    Metric("http_connections_dropped_total", .counter, "Connections ended because they were slow or in another's way.")
    {
      .count($0.scrapes.dropped)
    },
    Metric("http_responses_total", .counter, by: ["code"], "Responses of the listener for metrics, by their status.") {
      readings in
      HTTPStatus.allCases.map { Sample(.count(readings.scrapes.responses[$0] ?? 0), "\($0.rawValue)") }
    },
  ]
}
