import Glibc
import Linux
import Netlink

/// Hosts on a switch, all inside this machine's kernel: real network stacks, real ARP, real programs, and a plug to pull.
///
/// Needs root or ``enterUserNamespaceIfNeeded()``. Touches nothing of the machine's own network.
public final class Lab: Sendable {
  private struct Contents {
    var hosts: [Host] = []
    var watches: [HolderWatch] = []
    var pingers: [Pinger] = []
    var taps: [FrameTap] = []
    var isTornDown = false
  }

  /// What the hosts are plugged into.
  public let network: Switch
  private let launcher: Launcher
  private let contents = Guarded(Contents())
  private let watches = Guarded<[HolderWatch]>([])

  /// An empty lab: a switch without hosts.
  public init() throws(LabError) {
    network = try Switch()
    launcher = try doing("start the lab") { try Launcher() }
  }

  deinit { tearDown() }

  /// Adds a host, which is off until it boots.
  /// - Parameters:
  ///   - name: 1 to 15 bytes, not `lo`, not `switch`.
  ///   - prefixes: addresses of its `eth0`.
  public func addHost(_ name: String, _ prefixes: IPPrefix...) throws(LabError) -> Host {
    try contents.withLock { contents throws(LabError) in
      if contents.isTornDown { throw .tornDown }
      // 02: locally administered (IEEE 802); the rest tells a reader of a capture which host it is.
      let number = UInt8(truncatingIfNeeded: contents.hosts.count + 1)
      guard let hardwareAddress = HardwareAddress(bytes: [0x02, 0, 0, 0, 0, number]) else {
        throw .failed("add host", SystemError("make a MAC address", on: name, Errno(rawValue: EINVAL)))
      }
      let host = Host(
        name, prefixes, hardwareAddress, network: network, launcher: launcher, watches: watches)
      contents.hosts.append(host)
      return host
    }
  }

  /// Watches who holds an address, on every host there is and will be.
  public func watchHolders(of address: IPAddress) throws(LabError) -> HolderWatch {
    let watch = try HolderWatch(for: address)
    let hosts = try contents.withLock { contents throws(LabError) in
      if contents.isTornDown { throw .tornDown }
      contents.watches.append(watch)
      return contents.hosts
    }
    watches.withLock { $0.append(watch) }
    for host in hosts { try host.show(to: watch) }
    return watch
  }

  /// Lets a host ping an IPv4 address, a thousand times a second unless told otherwise, until the pinger is stopped or
  /// the lab torn down.
  public func ping(
    _ target: IPAddress, from host: Host, every interval: Duration = .milliseconds(1)
  ) throws(LabError) -> Pinger {
    let pinger = try Pinger(from: host.namespace(), to: target, every: interval)
    contents.withLock { $0.pingers.append(pinger) }
    return pinger
  }

  /// Listens to every frame on the switch, until the tap is stopped or the lab torn down.
  public func tap() throws(LabError) -> FrameTap {
    let tap = try FrameTap(on: network)
    contents.withLock { $0.taps.append(tap) }
    return tap
  }

  /// Kills every program, ends every thread and lets go of every namespace. Does no harm twice.
  public func tearDown() {
    contents.withLock { contents in
      if contents.isTornDown { return }
      contents.isTornDown = true
      for host in contents.hosts {
        // What cannot be switched off in an orderly way goes with the launcher and the last descriptor.
        try? host.powerOff()
      }
      contents.pingers.forEach { $0.stop() }
      contents.watches.forEach { $0.stop() }
      contents.taps.forEach { $0.stop() }
      launcher.close()
    }
  }
}
