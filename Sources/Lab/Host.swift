import Glibc
import Linux
import Netlink

/// A computer of the lab: a network namespace with `lo` and `eth0`, a host name, and programs.
///
/// Everything of it but its name, its addresses and its MAC address is new after each boot, as with a real one.
public final class Host: Sendable {
  private struct Running {
    let namespace: Namespace
    /// nil while the host has no network card.
    var port: Switch.Port?
    var processes: [HostProcess] = []
  }

  /// What `uname -n` says inside; at most 15 bytes, it names the switch's port too.
  public let name: String
  /// What `eth0` has after a boot.
  public let prefixes: [IPPrefix]
  /// Of `eth0`; the same after every boot.
  public let hardwareAddress: HardwareAddress
  private let network: Switch
  private let launcher: Launcher
  private let watches: Guarded<[HolderWatch]>
  private let running = Guarded<Running?>(nil)

  init(
    _ name: String, _ prefixes: [IPPrefix], _ hardwareAddress: HardwareAddress, network: Switch, launcher: Launcher,
    watches: Guarded<[HolderWatch]>
  ) {
    self.name = name
    self.prefixes = prefixes
    self.hardwareAddress = hardwareAddress
    self.network = network
    self.launcher = launcher
    self.watches = watches
  }

  /// Switches the host on: a new namespace, its cable plugged in, its addresses set, no program.
  public func boot() throws(LabError) {
    try running.withLock { running throws(LabError) in
      guard running == nil else { throw .alreadyRunning(name) }
      let namespace = try Namespace.make(name)
      let port = try network.connect(namespace, port: name)
      try namespace.perform("set up the network") { try configure() }
      for watch in watches.withLock({ $0 }) { try watch.add(name, in: namespace) }
      running = Running(namespace: namespace, port: port)
    }
  }

  private func configure() throws {
    var route = try RouteSocket()
    guard let loopback = try route.link(named: "lo"), let ethernet = try route.link(named: "eth0") else {
      throw SystemError("find", on: "lo and eth0", Errno(rawValue: ENODEV))
    }
    try route.setHardwareAddress(ethernet.index, hardwareAddress)
    let addresses = prefixes.map { prefix in
      var address = InterfaceAddress(prefix: prefix, link: ethernet.index, broadcast: prefix.broadcast)
      // The lab knows that nobody else has it, and a test need not wait for the kernel to find out.
      address.noDAD = prefix.address.family == .v6
      return address
    }
    if let refusal = try route.add(addresses, replacing: false).first { throw refusal }
    try route.setUp(loopback.index, true)
    try route.setUp(ethernet.index, true)
  }

  /// Whether it is switched on.
  public var isRunning: Bool { running.withLock { $0 != nil } }

  /// The network of this boot.
  public func namespace() throws(LabError) -> Namespace {
    try running.withLock { running throws(LabError) in
      guard let running else { throw .poweredOff(name) }
      return running.namespace
    }
  }

  /// Runs a program.
  /// - Parameters:
  ///   - program: its path.
  ///   - arguments: without the program's name.
  ///   - environment: all of it; nothing is inherited.
  ///   - onLine: called for every line it writes, on a thread of its own.
  /// - Throws: `LabError.launch` if it cannot be started.
  public func start(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:],
    onLine: @escaping @Sendable (HostProcess.Line) -> Void = { _ in }
  ) throws(LabError) -> HostProcess {
    try running.withLock { running throws(LabError) in
      guard let namespace = running?.namespace else { throw .poweredOff(name) }
      let started = try launcher.start(
        Program(path: program, arguments: arguments, environment: environment), host: name, namespace: namespace)
      let process = try HostProcess(started, on: name, onLine: onLine)
      running?.processes.append(process)
      return process
    }
  }

  /// Pulls the network cable.
  public func cut() throws(LabError) {
    try onPort { port throws(LabError) in try network.cut(port) }
  }

  /// Plugs the network cable in again.
  public func plug() throws(LabError) {
    try onPort { port throws(LabError) in try network.plug(port) }
  }

  private func onPort(_ body: (Switch.Port) throws(LabError) -> Void) throws(LabError) {
    try running.withLock { running throws(LabError) in
      guard let running else { throw .poweredOff(name) }
      if let port = running.port { try body(port) }
    }
  }

  /// Takes the network card out of the running host: `eth0` and its addresses are gone.
  public func removeCard() throws(LabError) {
    try running.withLock { running throws(LabError) in
      guard let port = running?.port else { throw .poweredOff(name) }
      running?.port = nil
      try network.remove(port)
    }
  }

  /// Puts a network card in again: another `eth0`, with the MAC address and the addresses of the old one.
  public func insertCard() throws(LabError) {
    try running.withLock { running throws(LabError) in
      guard let namespace = running?.namespace, running?.port == nil else { throw .alreadyRunning(name) }
      running?.port = try network.connect(namespace, port: name)
      try namespace.perform("set up the network") { try configure() }
    }
  }

  /// Pulls the plug: from this instant on no frame leaves the host, and its programs are killed. Its namespace goes
  /// once nobody else uses it (a pinger would). Does no harm to a host that is off.
  public func powerOff() throws(LabError) {
    try running.withLock { running throws(LabError) in
      guard let wreck = running else { return }
      if let port = wreck.port { try network.cut(port) }
      let time = BootClock.now()
      for process in wreck.processes { process.kill() }
      running = nil
      for watch in watches.withLock({ $0 }) { watch.forget(name, at: time) }
      for process in wreck.processes where process.waitForExit(timeout: .seconds(5)) == nil {
        throw .timedOut("end of process \(process.identifier) on \(name) after SIGKILL")
      }
      if let port = wreck.port { try network.remove(port) }
    }
  }

  /// Adds the host to a watch that is new.
  func show(to watch: HolderWatch) throws(LabError) {
    try running.withLock { running throws(LabError) in
      if let running { try watch.add(name, in: running.namespace) }
    }
  }

  /// Every address of its devices, as its kernel has them now.
  public func addresses() throws(LabError) -> [InterfaceAddress] {
    try namespace().perform("list the addresses") {
      var route = try RouteSocket()
      return try route.addresses()
    }
  }

  /// Whether its kernel has an address now.
  public func hasAddress(_ address: IPAddress) throws(LabError) -> Bool {
    try addresses().contains { $0.prefix.address == address }
  }
}
