import Configuration
import Control
import Status

/// Whether the agent answers on its control socket, and what it says is wrong: `vipagent status`, as findings.
enum AgentCheck: HostCheck {
  static let name = "agent"
  static let needsProc = true

  static func examine(_ host: HostSnapshot) -> [Finding] {
    guard let agent = host.agent else { return [.ok("no agent runs here, and none is asked")] }
    guard let path = host.configuration.control.socket else {
      return [
        .unknown("what the agent (pid \(agent.process)) says", because: "[control] socket = \"off\": it has no ears")
      ]
    }
    switch host.status {
    case nil: return [.unknown("what the agent (pid \(agent.process)) says", because: "nobody has asked it")]
    case .success(let status): return findings(status, agent, path)
    case .failure(let failure) where failure.isForbidden:
      return [.unknown("what the agent (pid \(agent.process)) says", because: "this user may not ask it")]
    case .failure(let failure):
      return [
        .error(
          "the agent (pid \(agent.process)) does not answer at \(path)",
          """
          \(failure.reason). Nobody can see its status or command it. If it hangs, it renews no lease either: its \
          addresses end, and another node takes them.
          """,
          fix: [
            Remedy(.showLog, "journalctl -u vipagent -n 20", "what it said last"),
            Remedy(.restartAgent, "systemctl restart vipagent"),
          ])
      ]
    }
  }

  private static func findings(_ status: Status, _ agent: RunningAgent, _ path: String) -> [Finding] {
    let concerns = status.concerns()
    if concerns.isEmpty {
      return [.ok("the agent (pid \(agent.process)) answers at \(path), and complains of nothing")]
    }
    return concerns.map { concern in
      Finding(severity: concern.severity.asFound, what: concern.text, why: nil, fix: [])
    }
  }
}

extension Concern.Severity {
  fileprivate var asFound: Severity {
    switch self {
    case .note: .note
    case .warning: .warning
    case .critical: .error
    }
  }
}
