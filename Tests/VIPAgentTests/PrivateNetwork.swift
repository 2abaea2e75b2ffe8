import CLinux
import Glibc
import Linux
import Netlink

/// A network namespace of a test's own, with nothing in it but what the test makes. It ends with its last socket.
struct PrivateNetwork: ~Copyable {
  private let descriptor: Descriptor

  /// Whether this process may make one.
  static let isPossible = geteuid() == 0

  init() throws {
    let home = try Self.current()
    try retryOnInterrupt("unshare", on: "network namespace") { clinux_unshare(clinux_newnet) }
    defer { Self.goBack(to: home) }
    descriptor = try Self.current()
  }

  /// Runs `body` in the namespace, on this thread; what it opens there stays there.
  func enter<Result: ~Copyable>(_ body: () throws -> Result) throws -> Result {
    let home = try Self.current()
    let raw = descriptor.raw
    try retryOnInterrupt("setns", on: "network namespace") { clinux_setns(raw, clinux_newnet) }
    defer { Self.goBack(to: home) }
    return try body()
  }

  /// Makes two devices joined by a wire, both here, sets both up and waits until both can send.
  func connect(_ name: String, _ peer: String) throws {
    try connect(name, to: self, peer)
  }

  /// Makes a device here and one in another namespace, joined by a wire, both up.
  func connect(_ name: String, to other: borrowing PrivateNetwork, _ peer: String) throws {
    let there = other.descriptor.raw
    try enter {
      var route = try RouteSocket()
      try route.createVeth(name, peer: peer, peerNamespace: there)
    }
    try change(name) { route, index throws(NetlinkError) in try route.setUp(index, true) }
    try other.change(peer) { route, index throws(NetlinkError) in try route.setUp(index, true) }
    try waitUntilRunning(name)
    try other.waitUntilRunning(peer)
  }

  /// Looks a device up by its name and lets `body` do something to it.
  func change(_ device: String, _ body: (inout RouteSocket, Int32) throws(NetlinkError) -> Void) throws {
    let index = try index(of: device)
    try enter {
      var route = try RouteSocket()
      try body(&route, index)
    }
  }

  /// Adds an address to a device.
  func add(_ text: String, to device: String, protocolTag: UInt8? = nil) throws {
    let prefix = try prefix(text)
    try change(device) { route, index throws(NetlinkError) in
      let address = InterfaceAddress(prefix: prefix, link: index, protocolTag: protocolTag)
      if let failure = try route.add([address], replacing: false).first { throw failure.error }
    }
  }

  /// Removes an address from a device.
  func remove(_ text: String, from device: String) throws {
    let prefix = try prefix(text)
    try change(device) { route, index throws(NetlinkError) in
      if let failure = try route.remove([InterfaceAddress(prefix: prefix, link: index)]).first { throw failure.error }
    }
  }

  private func prefix(_ text: String) throws -> IPPrefix {
    guard let prefix = IPPrefix(text) else { throw SystemError("read", on: text, Errno(rawValue: EINVAL)) }
    return prefix
  }

  /// Sets something below `/proc/sys/net`, which is this namespace's own.
  func set(_ setting: String, _ value: Int) throws {
    try enter {
      let path = "/proc/sys/net/\(setting)"
      let file = try Descriptor(open(path, O_WRONLY | O_CLOEXEC), "open", on: path)
      let (raw, text) = (file.raw, "\(value)\n")
      try retryOnInterrupt("write", on: path) { write(raw, text, text.utf8.count) }
    }
  }

  /// The number of a device.
  func index(of device: String) throws -> Int32 { try link(device).index }

  /// The kernel finds out by itself that the other end is up (`linkwatch`); until then it drops what is sent.
  func waitUntilRunning(_ device: String) throws {
    let deadline = BootClock.now() + 5_000_000_000
    while try link(device).flags & UInt32(IFF_RUNNING) == 0 {
      if BootClock.now() > deadline { throw SystemError("wait for carrier", on: device, Errno(rawValue: ETIMEDOUT)) }
      poll(nil, 0, 1)
    }
  }

  private func link(_ device: String) throws -> Link {
    try enter {
      var route = try RouteSocket()
      guard let link = try route.link(named: device) else {
        throw SystemError("find", on: device, Errno(rawValue: ENODEV))
      }
      return link
    }
  }

  private static func current() throws -> Descriptor {
    let path = "/proc/thread-self/ns/net"
    return try Descriptor(open(path, O_RDONLY | O_CLOEXEC), "open", on: path)
  }

  private static func goBack(to home: borrowing Descriptor) {
    precondition(clinux_setns(home.raw, clinux_newnet) == 0, "this thread cannot leave the test's namespace")
  }
}

/// Waits until a descriptor is readable; false after five seconds.
func becomesReadable(_ raw: Int32) -> Bool {
  var wanted = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
  return poll(&wanted, 1, 5_000) == 1
}
