import CLinux
import Glibc
import Linux

/// Who is on the other end of a control connection, as the kernel knew it when it was made (`unix(7)`, `SO_PEERCRED` and
/// `SO_PEERGROUPS`).
package struct PeerCredentials: Equatable, Sendable {
  var process: pid_t
  package var user: uid_t
  /// The main group first, then the supplementary ones.
  var groups: [gid_t]

  package var isRoot: Bool { user == 0 }

  /// - Throws: what the kernel said.
  package init(of descriptor: Int32) throws(SystemError) {
    var (process, user, group): (pid_t, uid_t, gid_t) = (0, 0, 0)
    try retryOnInterrupt("getsockopt SO_PEERCRED") { clinux_peer_credentials(descriptor, &process, &user, &group) }
    self.process = process
    self.user = user
    groups = [group]
    // NGROUPS_MAX is 65,536, but nobody is in more than a few: who is in more than these is judged by them.
    var supplementary = [gid_t](repeating: 0, count: 256)
    var count = UInt32(supplementary.count)
    if clinux_peer_groups(descriptor, &supplementary, &count) == 0 {
      groups += supplementary.prefix(Int(count))
    }
  }

  package init(process: pid_t, user: uid_t, groups: [gid_t]) {
    self.process = process
    self.user = user
    self.groups = groups
  }
}

/// Who may ask and who may command. Root and the agent's own user may always do both.
package struct Permissions: Equatable, Sendable {
  /// Somebody, by number.
  package enum Principal: Equatable, Sendable {
    case user(uid_t)
    case group(gid_t)
    case anyone
  }

  /// Who may read the status, follow events and fetch metrics, besides those who may command.
  var ask: [Principal]
  /// Who may change anything.
  var command: [Principal]

  /// Whether somebody may do something.
  package func allow(_ peer: PeerCredentials, command isCommand: Bool) -> Bool {
    if peer.user == 0 || peer.user == geteuid() { return true }
    return (isCommand ? command : ask + command).contains { principal in
      switch principal {
      case .user(let user): peer.user == user
      case .group(let group): peer.groups.contains(group)
      case .anyone: true
      }
    }
  }
}

extension Permissions {
  /// Puts names into numbers, by the host's user and group databases. Those of `ask` default to the agent's own group.
  /// - Returns: the permissions, and the names that the host does not know, which admit nobody.
  package static func resolve(ask: [String]?, command: [String]) -> (permissions: Permissions, unknown: [String]) {
    var unknown: [String] = []
    func numbers(_ names: [String]) -> [Principal] {
      names.compactMap { name in
        let principal = Principal(named: name)
        if principal == nil { unknown.append(name) }
        return principal
      }
    }
    let permissions = Permissions(
      ask: ask.map(numbers) ?? [.group(getegid())], command: numbers(command))
    return (permissions, unknown)
  }
}

extension Permissions.Principal {
  /// `alice`, `@adm`, a number instead of a name, or `*` for everybody; nil if the host does not know the name.
  package init?(named name: String) {
    if name == "*" {
      self = .anyone
    } else if name.hasPrefix("@") {
      let name = String(name.dropFirst())
      guard let group = gid_t(name) ?? Self.group(named: name) else { return nil }
      self = .group(group)
    } else {
      guard let user = uid_t(name) ?? Account.numbers(of: name)?.user else { return nil }
      self = .user(user)
    }
  }

  private static func group(named name: String) -> gid_t? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 65_536) { buffer in
      var entry = Glibc.group()
      var found: UnsafeMutablePointer<Glibc.group>?
      let result = getgrnam_r(name, &entry, buffer.baseAddress!, buffer.count, &found)
      return result == 0 && found != nil ? entry.gr_gid : nil
    }
  }
}
