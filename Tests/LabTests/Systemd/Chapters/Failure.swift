import Lab
import Linux
import Testing

/// What happens to the service by itself.
extension Chapter {
  /// systemd starts a successor, which adopts.
  static let kill = Chapter("kill") { cluster in
    let process = try cluster.loadb1.property("MainPID")
    let effect = try cluster.measure("kill -9 of the owner") {
      try cluster.loadb1.shell("kill -9 \(process)")
      try cluster.loadb1.wait(until: "[ $(systemctl show --property=NRestarts --value vipagent) -ge 1 ]")
      try cluster.loadb1.wait(until: "systemctl --quiet is-active vipagent")
      try cluster.waitForOwner("loadb1")
    }
    #expect(effect.overlaps == [] && effect.outage < 1_000)
    try cluster.waitForBackup()
  }

  /// The watchdog ends an agent that does nothing any more.
  static let hang = Chapter("hang") { cluster in
    let process = try cluster.loadb1.property("MainPID")
    let effect = try cluster.measure("SIGSTOP of the owner") {
      try cluster.loadb1.shell("kill -STOP \(process)")
      try cluster.loadb1.wait(until: "[ $(systemctl show --property=MainPID --value vipagent) -ne \(process) ]")
      try cluster.loadb1.wait(until: "systemctl --quiet is-active vipagent")
      try cluster.waitForOwner("loadb1")
    }
    #expect(effect.overlaps == [] && effect.outage < 1_000)
    #expect(try cluster.loadb1.shell("journalctl --no-pager --unit=vipagent").contains("Watchdog timeout"))
    try cluster.waitForBackup()
  }

  static let powerLoss = Chapter("power loss") { cluster in
    let effect = try cluster.measure("power loss of the owner") {
      try cluster.loadb1.powerOff()
      try cluster.waitForOwner("loadb2")
    }
    #expect(effect.overlaps == [] && effect.outage < 1_000)
    let back = try cluster.measure("boot after the power loss, and fail-back") {
      try cluster.loadb1.powerOn()
      try cluster.waitForOwner("loadb1")
    }
    #expect(back.lost == 0 && back.moves == 1)
    try cluster.waitForBackup()
  }

  /// A device that comes later than TimeoutStartSec= allows a start to take: the start takes as long as it takes.
  static let lateDevice = Chapter("late device") { cluster in
    try cluster.loadb1.shell("systemctl stop vipagent")
    try cluster.loadb1.host.removeCard()
    try cluster.loadb1.shell("systemctl --no-block start vipagent")
    try cluster.loadb1.wait(
      until: "systemctl show --property=StatusText vipagent | grep -q 'joining: waiting for eth0'")
    let process = try cluster.loadb1.property("MainPID")
    try cluster.loadb1.shell("sleep 11")
    #expect(try cluster.loadb1.property("ActiveState") == "activating")
    #expect(try cluster.loadb1.property("MainPID") == process)
    let effect = try cluster.measure("a device that comes late, and fail-back") {
      try cluster.loadb1.host.insertCard()
      try cluster.waitForOwner("loadb1")
      try cluster.loadb1.wait(until: "systemctl --quiet is-active vipagent")
    }
    #expect(effect.lost == 0 && effect.moves == 1)
    try cluster.waitForBackup()
  }
}
