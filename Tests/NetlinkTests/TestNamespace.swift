import CLinux
import Glibc
import Linux
import Netlink
import Testing

extension Trait where Self == ConditionTrait {
  /// For tests that make network namespaces.
  static var needsRoot: Self { .enabled(if: geteuid() == 0, "needs root: makes network namespaces") }
}

/// A network namespace of the test's own; gone, with all its devices, when the last descriptor and socket of it is.
struct TestNamespace: ~Copyable {
  private let namespace: Descriptor
  var descriptor: Int32 { namespace.raw }

  init() throws {
    let home = try Self.current()
    try retryOnInterrupt("unshare") { clinux_unshare(clinux_newnet) }
    defer { Self.enter(home) }
    namespace = try Self.current()
  }

  /// Opens a socket in the namespace: sockets stay where they were made, so the thread need not.
  func open<Socket: ~Copyable>(_ make: () throws(NetlinkError) -> Socket) throws -> Socket {
    let home = try Self.current()
    Self.enter(namespace)
    defer { Self.enter(home) }
    return try make()
  }

  func socket() throws -> RouteSocket {
    try open { () throws(NetlinkError) in try RouteSocket() }
  }

  private static func current() throws(SystemError) -> Descriptor {
    try Descriptor(Glibc.open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open", on: "/proc/thread-self/ns/net")
  }

  /// A thread that cannot go home would run other tests in the wrong place.
  private static func enter(_ namespace: borrowing Descriptor) {
    precondition(clinux_setns(namespace.raw, clinux_newnet) == 0, "setns failed")
  }
}

extension RouteMonitor {
  /// Collects events until one of them satisfies the condition or nothing comes for ten seconds.
  mutating func events(until isLast: (RouteEvent) -> Bool) throws -> [RouteEvent] {
    var events: [RouteEvent] = []
    let poller = try Poller()
    try poller.watch(descriptor, as: 0)
    var isQuiet = false
    while !isQuiet {
      isQuiet = true
      poller.wait(timeoutMilliseconds: 10_000) { _ in isQuiet = false }
      var isFound = false
      let isLossy = try read { event in
        events.append(event)
        isFound = isFound || isLast(event)
      }
      #expect(!isLossy)
      if isFound { return events }
    }
    Issue.record("the awaited event did not come; seen: \(events)")
    return events
  }
}

/// `10.x.y.1/32` for 0...65535: each in a subnet of its own, so that none is secondary.
func hostPrefix(_ number: Int) throws -> IPPrefix {
  try #require(IPPrefix("10.\(number >> 8 & 255).\(number & 255).1/32"))
}
