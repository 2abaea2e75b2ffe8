import CLinux
import Glibc
import Support

/// What a process may do (`capabilities(7)`, `getrlimit(2)`), read from its `status` and `limits` in `proc(5)`.
struct Privileges: Equatable, Sendable {
  /// The effective capabilities, a bit each.
  let effective: UInt64
  /// The highest SCHED_FIFO priority without CAP_SYS_NICE (RLIMIT_RTPRIO).
  let realtimePriority: UInt64
  /// Bytes that may be locked without CAP_IPC_LOCK (RLIMIT_MEMLOCK); `UInt64.max` for no limit.
  let lockedBytes: UInt64

  /// The capabilities an agent uses, with their bits (`<linux/capability.h>`).
  enum Capability: UInt64, Sendable {
    case netBindService = 10
    case netAdmin = 12
    case netRaw = 13
    case ipcLock = 14
    case sysNice = 23

    var name: String {
      switch self {
      case .netBindService: "CAP_NET_BIND_SERVICE"
      case .netAdmin: "CAP_NET_ADMIN"
      case .netRaw: "CAP_NET_RAW"
      case .ipcLock: "CAP_IPC_LOCK"
      case .sysNice: "CAP_SYS_NICE"
      }
    }
  }

  /// Of a process; nil if it is gone.
  init?(of process: pid_t) {
    guard let status = ProcessTable.text("/proc/\(process)/status"),
      let mask = ProcessTable.field("CapEff", of: status).flatMap({ UInt64($0, radix: 16) }),
      let limits = ProcessTable.text("/proc/\(process)/limits")
    else { return nil }
    effective = mask
    realtimePriority = Self.limit("Max realtime priority", in: limits)
    lockedBytes = Self.limit("Max locked memory", in: limits)
  }

  func has(_ capability: Capability) -> Bool { effective >> capability.rawValue & 1 == 1 }

  /// The soft limit of a line `Max locked memory         8388608              8388608              bytes`.
  static func limit(_ name: String, in limits: String) -> UInt64 {
    for line in limits.split(separator: "\n") where line.hasPrefix(name) {
      guard let value = line.dropFirst(name.count).split(separator: " ").first else { return 0 }
      return value == "unlimited" ? .max : UInt64(value) ?? 0
    }
    return 0
  }
}
