import TakeoverCore

@testable import Simulator

/// A host of the simulated world, as tests speak of it.
final class TrialHost {
  private let world: World
  let place: Int
  /// The groups whose addresses the kernel refuses.
  var refuses: Set<Tag> = [] {
    didSet {
      world.lift { $0.kind == .refuse && $0.host == place }
      for number in world.groups.indices where refuses.contains(world.groups[number]) {
        var fault = Fault(.refuse, at: .zero, host: place)
        fault.group = number
        world.impose(fault)
      }
    }
  }

  init(_ place: Int, of world: World) {
    self.place = place
    self.world = world
  }

  private var host: Host { world.hosts[place] }

  var name: String { host.name }
  var hardware: EthernetAddress { host.hardware }
  var cluster: Cluster { host.cluster }
  /// Nil while the agent does not run.
  var core: TakeoverCore? { host.core }
  var finishedAt: Instant? { host.finishedAt }

  /// How long the kernel takes.
  var addTakes: Interval {
    get { (host.addTakes ?? world.addTakes).most }
    set { world.hosts[place].addTakes = .init(newValue, newValue) }
  }

  var removeTakes: Interval {
    get { (host.removeTakes ?? world.removeTakes).most }
    set { world.hosts[place].removeTakes = .init(newValue, newValue) }
  }

  /// Whether the kernel answers ICMP echoes.
  var answersEchoes: Bool {
    get { host.kernel.answersEchoes }
    set { world.hosts[place].kernel.answersEchoes = newValue }
  }

  /// The groups whose addresses the kernel has.
  var holds: Set<Tag> {
    Set(world.groups.indices.filter { host.kernel.holds >> UInt32($0) & 1 == 1 }.map { world.groups[$0] })
  }

  /// When the kernel ends those that have a lease.
  var leaseEnds: [Tag: Instant] {
    var ends: [Tag: Instant] = [:]
    for (number, end) in host.kernel.leaseEnds.enumerated() where end != .never {
      ends[world.groups[number]] = host.clock.world(end)
    }
    return ends
  }

  /// What each group was last reported to be.
  var roles: [Tag: GroupReport.Role] {
    guard host.core != nil else { return [:] }
    return Dictionary(uniqueKeysWithValues: zip(world.groups, host.roles))
  }

  var drops: [DropReason: Int] { world.journal?.dropsByHost[place] ?? [:] }

  /// The host's own time.
  func local(_ now: Instant) -> Instant { host.clock.local(now) }
}
