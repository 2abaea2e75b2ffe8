import ArgumentParser

/// A program that moves an address between hosts, and how it is run at its best.
enum Contender: String, CaseIterable, Codable, ExpressibleByArgument {
  case vipagent, keepalived, heartbeat, ucarp

  /// What to run on a host, and with what.
  func recipe(for seat: Seat) -> Recipe {
    switch self {
    case .vipagent: VipagentRecipe.make(seat)
    case .keepalived: KeepalivedRecipe.make(seat)
    case .heartbeat: HeartbeatRecipe.make(seat)
    case .ucarp: UcarpRecipe.make(seat)
    }
  }

  /// The intervals that it accepts, of those compared here.
  func accepts(_ pace: Pace) -> Bool {
    switch self {
    case .vipagent: true
    case .keepalived: pace.keepalive >= 10_000
    case .heartbeat: pace.keepalive >= 50_000
    case .ucarp: pace.keepalive == 4_000 || pace.keepalive >= 1_000_000
    }
  }

  /// The shortest interval that it accepts and stands.
  var fastest: Pace {
    switch self {
    case .vipagent: Pace(keepalive: 1_000)
    case .keepalived: Pace(keepalive: 10_000)
    case .heartbeat: Pace(keepalive: 50_000)
    case .ucarp: Pace(keepalive: 4_000)
    }
  }

  /// The interval at which the faults other than a loss of power are tried.
  var usual: Pace {
    switch self {
    case .vipagent, .keepalived: Pace(keepalive: 10_000)
    case .heartbeat: Pace(keepalive: 200_000)
    case .ucarp: Pace(keepalive: 1_000_000)
    }
  }

  /// Which frames are its heartbeats, as a rule of `nft(8)`.
  var heartbeats: String {
    switch self {
    case .vipagent, .heartbeat: "udp dport 694"
    case .keepalived, .ucarp: "ip protocol 112"
    }
  }

  /// The IP protocol of its heartbeats.
  var transport: UInt8 {
    switch self {
    case .vipagent, .heartbeat: 17
    case .keepalived, .ucarp: 112
    }
  }

  /// For so long it is left alone after the first has the address: until then the second may not be ready. heartbeat
  /// is still running scripts.
  var settling: Duration { self == .heartbeat ? .seconds(8) : .milliseconds(1500) }

  /// How many addresses it can be asked for in a time that anybody would wait for.
  var mostAddresses: Int {
    switch self {
    case .vipagent: 10_000
    case .keepalived: 1_000
    case .heartbeat: 10
    case .ucarp: 100
    }
  }
}

/// Where an agent runs and what it shall do there.
struct Seat {
  /// Of the hosts that share the addresses, 0 is the preferred one.
  let place: Int
  /// The program under test where it is ours.
  let agent: String
  /// A folder of this host's own, empty at first.
  let folder: String
  let pace: Pace
  /// How many addresses are shared.
  let addresses: Int
  /// The secret of the cluster, 64 hexadecimal digits.
  let secret: String

  var name: String { Rig.names[place] }
  var vips: [String] { (0..<addresses).map(Rig.vip) }
}

/// Files, and a shell script that becomes the agent in a mount and a PID namespace of its own.
struct Recipe {
  struct File {
    let name: String
    let text: String
    var mode: UInt32 = 0o600
  }

  var files: [File] = []
  /// Lines of `sh(1)`; the last one becomes the agent, or waits for it.
  var script: String
  /// Whether the shell stays and waits.
  var keepsShell = false

  static func program(_ name: String, _ text: String) -> File { File(name: name, text: text, mode: 0o755) }
}
