import Glibc

/// Who has a UDP port of this network namespace (`/proc/net/udp`, `/proc/net/udp6`).
package struct PortUsers: Sendable {
  package struct User: Hashable, Sendable {
    package let process: pid_t
    package let command: String

    package var description: String { "\(command) (pid \(process))" }
  }

  /// The sockets that are bound to the port, by inode number.
  package let sockets: Set<UInt64>
  /// Whose they are, as far as that can be seen: it takes root to see other users' processes.
  package let users: [User]
  private let port: UInt16

  package init(of port: UInt16) {
    let sockets = Self.sockets(in: "/proc/net", port: port)
    self.port = port
    self.sockets = sockets
    guard !sockets.isEmpty else {
      users = []
      return
    }
    users = ProcessTable.processes.compactMap { process in
      guard !ProcessTable.sockets(of: process).isDisjoint(with: sockets) else { return nil }
      return User(process: process, command: ProcessTable.command(of: process) ?? "?")
    }
  }

  /// Whether a process sees these sockets: it is in this network namespace. Everybody may ask that.
  package func areSeen(by process: pid_t) -> Bool {
    !Self.sockets(in: "/proc/\(process)/net", port: port).isDisjoint(with: sockets)
  }

  private static func sockets(in folder: String, port: UInt16) -> Set<UInt64> {
    Set(
      ["udp", "udp6"].compactMap { ProcessTable.text("\(folder)/\($0)") }.flatMap { sockets(ofTable: $0, port: port) })
  }

  /// Inode numbers of the sockets that are bound to the port:
  /// ```
  ///   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode …
  ///  173: 00000000:02B6 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 …
  /// ```
  package static func sockets(ofTable table: String, port: UInt16) -> [UInt64] {
    table.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 9, let colon = fields[1].lastIndex(of: ":"),
        UInt16(fields[1][fields[1].index(after: colon)...], radix: 16) == port
      else { return nil }
      return UInt64(fields[9])
    }
  }
}
