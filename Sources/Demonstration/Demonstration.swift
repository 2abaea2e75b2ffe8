import Glibc
import Lab
import Linux
import Netlink

/// The lab as a show: two load balancers, a client that pings a thousand times a second, and a plug that is pulled.
public final class Demonstration: Sendable {
  /// What may be chosen.
  public struct Settings: Sendable {
    /// The program to run on both load balancers.
    public let agent: String
    /// Time between two heartbeats.
    public let keepalive: Duration
    /// Silence after which a node is dead.
    public let deadtime: Duration

    /// Takes all three.
    public init(agent: String, keepalive: Duration, deadtime: Duration) {
      self.agent = agent
      self.keepalive = keepalive
      self.deadtime = deadtime
    }
  }

  static let address = "195.46.64.21/24"
  /// Requests sent after each step to see that peace lasts.
  static let calm = 500
  /// What a step may take beyond the time that its settings ask for: the machine may be busy.
  static let grace: Duration = .seconds(3)

  let settings: Settings
  let console = Console()
  let files: DemonstrationFiles
  let lab: Lab
  let watch: HolderWatch
  let balancers: [Host]
  let client: Host
  let timeline = Guarded(Timeline())
  /// The newest agent of each load balancer, in their order.
  let agents = Guarded<[HostProcess]>([])

  /// Builds the lab; nothing runs in it yet.
  public init(_ settings: Settings) throws(LabError) {
    self.settings = settings
    files = try DemonstrationFiles(
      keepalive: settings.keepalive, deadtime: settings.deadtime, address: Self.address)
    lab = try Lab()
    watch = try lab.watchHolders(of: Self.prefix(Self.address).address)
    balancers = [
      try lab.addHost("loadb1", Self.prefix("195.46.64.15/24")),
      try lab.addHost("loadb2", Self.prefix("195.46.64.16/24")),
    ]
    client = try lab.addHost("client", Self.prefix("195.46.64.100/24"))
  }

  private static func prefix(_ text: String) throws(LabError) -> IPPrefix {
    guard let prefix = IPPrefix(text) else {
      throw .failed("build the demonstration", SystemError("read", on: text, Errno(rawValue: EINVAL)))
    }
    return prefix
  }
}

// MARK: From start to end

extension Demonstration {
  /// Builds the lab, plays all steps and tears everything down, also when interrupted. Call it on the process's only
  /// thread: the others must be born with the signals blocked.
  /// - Returns: what the process should exit with: 0 if every step happened in time, 1 if not, 130 if SIGINT, SIGTERM
  ///   or SIGHUP ended it.
  public static func run(_ settings: Settings) throws(LabError) -> Int32 {
    // SIGPIPE too: a reader who left is noticed by write(2), and is no reason to leave files behind.
    let signals = try doing("block signals") { try SignalDescriptor([SIGINT, SIGTERM, SIGHUP, SIGPIPE]) }
    let demonstration = try Demonstration(settings)
    let verdict = Guarded<Bool?>(nil)
    let finished = try doing("start the demonstration") { try EventDescriptor() }
    var isInterrupted = false
    try doing("start the demonstration") {
      let poller = try Poller()
      try poller.watch(signals.descriptor.raw, as: 0)
      try poller.watch(finished.descriptor.raw, as: 1)
      _ = try Thread(name: "demonstration") {
        let isGood = demonstration.play()
        verdict.withLock { $0 = isGood }
        finished.signal()
      }
      // A wait may end for no reason (epoll_wait(2), EINTR), so ask for the reason.
      while !isInterrupted, verdict.withLock({ $0 }) == nil {
        poller.wait { _ in }
        while let next = signals.next() { isInterrupted = isInterrupted || next.signal != SIGPIPE }
      }
    }
    demonstration.close(isInterrupted: isInterrupted)
    return isInterrupted ? 130 : verdict.withLock { $0 } == true ? 0 : 1
  }

  private func close(isInterrupted: Bool) {
    if isInterrupted { console.say("\ninterrupted: taking everything down") }
    // What agents say while their network is taken down means nothing, and would stand behind the figures.
    console.fallSilent()
    lab.tearDown()
    files.remove()
  }

  /// Plays the steps; false if one did not happen.
  private func play() -> Bool {
    do {
      try steps()
      summarize()
      return true
    } catch {
      console.say("\nfailed: \(error)", .red)
      summarize()
      return false
    }
  }
}
