import CLinux
import Glibc
import Linux

/// A user of this host, as whom files are opened and judged: what root can read says nothing about the service.
package struct Account: Equatable, Sendable {
  /// The user that the packaged service runs as, where the host has one (`packaging/sysusers.d`).
  static let serviceName = "vipagent"

  package let user: uid_t
  /// The main group first.
  private let groups: [gid_t]
  /// As it was asked for; nil where nobody was.
  private let givenName: String?

  /// Whoever runs this. No database is asked: what reads them stays in memory.
  package static var current: Account { Account(user: geteuid(), groups: [getegid()], givenName: nil) }

  /// The service's user; nil where the host has none.
  package static var ofService: Account? { Account(named: serviceName) }

  private init(user: uid_t, groups: [gid_t], givenName: String?) {
    self.user = user
    self.groups = groups
    self.givenName = givenName
  }

  /// - Parameter name: a name of the user database; nil if it does not have it.
  package init?(named name: String) {
    guard let (user, group) = Self.numbers(of: name) else { return nil }
    // More than a few nobody is in: who is in more is judged by these.
    var groups = [gid_t](repeating: 0, count: 256)
    var count = Int32(groups.count)
    if getgrouplist(name, group, &groups, &count) < 0 { (groups, count) = ([group], 1) }
    self.init(user: user, groups: Array(groups.prefix(Int(count))), givenName: name)
  }

  /// The numbers of a user and its main group; nil if the user database does not have the name.
  static func numbers(of name: String) -> (user: uid_t, group: gid_t)? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16_384) { buffer in
      var entry = passwd()
      var found: UnsafeMutablePointer<passwd>?
      let result = getpwnam_r(name, &entry, buffer.baseAddress!, buffer.count, &found)
      return result == 0 && found != nil ? (entry.pw_uid, entry.pw_gid) : nil
    }
  }

  /// Who should own what the agent reads: the user that was asked for, the service's, or whoever runs this. Nil where that
  /// would be root, who is never told to keep what a service has to read.
  var rightfulOwner: Account? {
    let owner = givenName == nil ? Self.ofService ?? self : self
    return owner.user == 0 ? nil : owner
  }

  /// What `chown(1)` takes.
  package var name: String { givenName ?? Self.name(of: user) ?? "\(user)" }

  /// The name of a user; nil where the host has none for it.
  static func name(of user: uid_t) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16_384) { buffer in
      var entry = passwd()
      var found: UnsafeMutablePointer<passwd>?
      guard getpwuid_r(user, &entry, buffer.baseAddress!, buffer.count, &found) == 0, found != nil else { return nil }
      return String(cString: entry.pw_name)
    }
  }

  /// Runs a body whose calling thread opens files as this user (`setfsuid(2)`): the kernel itself judges, by modes, groups,
  /// access control lists and the folders on the way. Where this process cannot, see ``mayBeTried``, it opens them as itself.
  package func opening<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    guard user != geteuid() else { return try body() }
    var own = [gid_t](repeating: 0, count: 256)
    let count = getgroups(Int32(own.count), &own)
    clinux_open_files_as(user, groups[0], groups, groups.count)
    defer { clinux_open_files_as(geteuid(), getegid(), own, Int(max(count, 0))) }
    return try body()
  }

  /// Whether this process may open files as this user: as root, or as itself.
  package var mayBeTried: Bool { user == geteuid() || opening { clinux_user_of_files() } == user }
}
