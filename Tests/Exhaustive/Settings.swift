/// The searches that `make search` runs.
extension Setting {
  /// All of them, the small ones first.
  public static let all: [Setting] = [
    calm, loss, start, power, kill, stall, suspend, block, cut, wall, leave, restart, claimPower, claimStall,
    unleasedKill, unleasedSuspend, dark, brief, claimBrief,
  ]

  private static func setting(_ name: String, _ budget: [Trouble: Int], _ change: (inout Setting) -> Void = { _ in })
    -> Setting
  {
    var setting = Setting(name, budget)
    change(&setting)
    return setting
  }

  /// Both are started, at any two times.
  static let start = setting("start", [:]) { $0.beginsSettled = false }
  static let power = setting("power", [.crash: 1, .start: 1])
  static let kill = setting("kill", [.kill: 1, .start: 1])
  static let stall = setting("stall", [.stall: 1])
  static let suspend = setting("suspend", [.suspend: 1])
  static let block = setting("block", [.block: 1])
  static let loss = setting("loss", [.loss: 4])
  static let cut = setting("cut", [.cut: 1])
  static let wall = setting("wall", [.wall: 2])
  static let leave = setting("leave", [.stop: 1, .start: 1])
  static let restart = setting("restart", [.restart: 1, .start: 1])
  /// What VRRP daemons do: nobody asks the wire, and no lease ends.
  static let claimPower = setting("claim-power", [.crash: 1, .start: 1], claims)
  static let claimStall = setting("claim-stall", [.stall: 1], claims)
  static let unleasedKill = setting("unleased-kill", [.kill: 1, .start: 1]) { $0.lease = nil }
  static let unleasedSuspend = setting("unleased-suspend", [.suspend: 1]) { $0.lease = nil }
  /// Started behind a firewall. Two claims that cross there are never settled by heartbeats; the better node's probes go
  /// first, which is enough if its kernel needs less time than there is between two probes.
  static let dark = setting("dark", [.wall: 2]) {
    $0.beginsSettled = false
    $0.kernelTakes = 0
  }
  /// Not run for less than half of initdead: it listens for twice as long as it was late.
  static let brief = setting("brief", [.suspend: 1], listensLonger)
  static let claimBrief = setting("claim-brief", [.stall: 1]) {
    claims(&$0)
    listensLonger(&$0)
  }
  static let calm = setting("calm", [:]) { $0.losesSingly = true }

  private static func listensLonger(_ setting: inout Setting) { setting.initdead = 12 }

  private static func claims(_ setting: inout Setting) {
    setting.policy = .claim
    setting.lease = nil
  }
}
