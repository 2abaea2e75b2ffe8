import Simulator
import TakeoverCore

extension Fault {
  /// What happens when it begins, in words; nil where the host itself says it.
  func beginning(names: [String]) -> String? {
    switch kind {
    case .crash, .kill, .stop, .restart, .standby, .interfere, .takeover, .failBack: nil
    case .suspend: "SIGSTOP: no thread of the agent on \(names[host]) is run"
    case .stallBeats: "the heartbeat thread of \(names[host]) is not run"
    case .stallAddresses: "the address thread of \(names[host]) is not run"
    case .pause, .freeze: "\(names[host]) stands still, agent and kernel"
    case .cut: "nothing passes \(path(names)) any more"
    case .firewall: "a firewall eats the heartbeats \(path(names)); ARP passes"
    case .loss: "\(amount / 10) % of all frames \(path(names)) are lost"
    case .unplug: "somebody pulls the cable of \(names[host])"
    case .refuse: "the kernel of \(names[host]) would refuse the address from now on"
    case .proxy: "the switch answers ARP for the address in the name of \(names[host]) from now on"
    case .stranger: "a host that is none of the nodes uses the address"
    case .reload: "the file of \(names[host]) is changed\(amount == 0 ? " back" : "")"
    default: text
    }
  }

  func end(names: [String]) -> String? {
    switch kind {
    case .crash, .kill, .stop, .restart, .standby: nil
    case .suspend: "SIGCONT: the agent on \(names[host]) goes on"
    case .stallBeats, .stallAddresses: "the thread of \(names[host]) is run again"
    case .pause, .freeze: "\(names[host]) goes on"
    case .cut, .loss: "everything passes \(path(names)) again"
    case .firewall: "heartbeats pass \(path(names)) again"
    case .unplug: "the cable of \(names[host]) is back"
    case .refuse: "the kernel of \(names[host]) would take the address again"
    case .proxy: "the switch answers in nobody's name any more"
    case .stranger: "the stranger is gone"
    default: "over: \(text)"
    }
  }

  private func path(_ names: [String]) -> String {
    func list(_ mask: UInt16) -> String {
      names.indices.filter { mask >> UInt16($0) & 1 == 1 }.map { names[$0] }.joined(separator: ", ")
    }
    return isBothWays ? "between \(list(from)) and \(list(to))" : "from \(list(from)) to \(list(to))"
  }
}

/// What the simulator notes of a host, as an administrator would say it.
func plainWords(_ note: String) -> String? {
  switch note {
  case "operator: stop": "the operator stops the agent (SIGTERM)"
  case "operator: restart": "the operator restarts the agent, or a package upgrade does (SIGUSR1)"
  case "operator: standby", "operator: available": nil
  case "operator: reload": "the operator reloads the agent (SIGHUP)"
  case "agent: started": "the agent starts"
  case "agent: killed": "the agent is killed (SIGKILL)"
  case "agent: finished": "the agent ends"
  case "power: off": "loses its power"
  case "power: on": "has its power back"
  case "somebody else removes director": "somebody deletes the address"
  case "kernel: the lease of director has ended": "the kernel ends the lease"
  case "kernel: has director", "kernel: has no longer director": nil
  default: note
  }
}
