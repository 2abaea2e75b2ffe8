import Glibc
import Lab
import Linux
import Netlink
import Testing

/// Whether this process may build namespaces, which is root's business.
let isRoot = geteuid() == 0

extension Trait where Self == ConditionTrait {
  /// Skips a test that builds network namespaces where that is not allowed.
  static var needsRoot: Self { .enabled(if: isRoot, "needs root: builds network namespaces") }
}

/// Runs a test in a lab of its own, and tears it down also when the test throws.
func withLab(_ body: (Lab) throws -> Void) throws {
  let lab = try Lab()
  defer { lab.tearDown() }
  try body(lab)
}

extension Lab {
  /// Adds a host and switches it on.
  func bootHost(_ name: String, _ prefix: String) throws -> Host {
    let host = try addHost(name, try #require(IPPrefix(prefix)))
    try host.boot()
    return host
  }
}

extension Host {
  /// Adds an address to `eth0` the way an agent does.
  func add(_ text: String, label: String? = nil) throws {
    let prefix = try #require(IPPrefix(text))
    try changeAddresses { route, link in
      let address = InterfaceAddress(prefix: prefix, link: link, label: label, broadcast: prefix.broadcast)
      return try route.add([address], replacing: false)
    }
  }

  /// Removes an address from `eth0`.
  func remove(_ text: String) throws {
    let prefix = try #require(IPPrefix(text))
    try changeAddresses { route, link in try route.remove([InterfaceAddress(prefix: prefix, link: link)]) }
  }

  private func changeAddresses(_ body: (inout RouteSocket, Int32) throws -> [AddressFailure]) throws {
    let refusals = try namespace().perform("change the addresses") {
      var route = try RouteSocket()
      let ethernet = try #require(try route.link(named: "eth0"))
      return try body(&route, ethernet.index)
    }
    #expect(refusals.isEmpty)
  }
}

/// Whether a process with this number exists, dead ones that nobody has waited for included.
func exists(_ process: pid_t) -> Bool {
  kill(process, 0) == 0 || errno != ESRCH
}

/// A path from the top of the repository.
func repositoryPath(_ path: String) -> String {
  #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/" + path
}
