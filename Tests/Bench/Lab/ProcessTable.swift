import Glibc
import Lab

/// The processes of a host: those that see its network. Nothing but what was started there can.
struct ProcessTable {
  let identifiers: [pid_t]

  /// - Parameter outsiders: these are left out: they only wait for the others.
  init(of host: Host, without outsiders: Set<pid_t> = []) throws {
    let namespace = try host.namespace()
    var own = stat()
    guard fstat(namespace.rawDescriptor, &own) == 0 else { throw BenchError("look at the namespace of \(host.name)") }
    identifiers = Self.entries(of: "/proc").compactMap { name in
      guard let process = pid_t(name), !outsiders.contains(process), process != getpid() else { return nil }
      var its = stat()
      guard stat("/proc/\(name)/ns/net", &its) == 0, its.st_ino == own.st_ino, its.st_dev == own.st_dev else {
        return nil
      }
      return process
    }
  }

  /// The first of them that this process has started (`/proc/PID/stat`, the field after the state); nil if there is none.
  func child(of parent: pid_t) -> pid_t? {
    identifiers.first { process in
      // The name, in brackets, may hold anything.
      let fields = (try? contents(of: "/proc/\(process)/stat"))?.split(separator: ")").last?.split(separator: " ")
      return fields?.dropFirst().first.flatMap { pid_t($0) } == parent
    }
  }

  /// Sends them all a signal, one right after the other.
  func signal(_ number: Int32) {
    for process in identifiers { kill(process, number) }
  }

  /// Time that their threads have run for, in nanoseconds (`/proc/PID/task/TID/schedstat`).
  var nanosecondsRun: Int64 {
    identifiers.reduce(0) { sum, process in
      sum
        + Self.entries(of: "/proc/\(process)/task").reduce(0) { sum, thread in
          let text = try? contents(of: "/proc/\(process)/task/\(thread)/schedstat")
          return sum + (text?.split(separator: " ").first.flatMap { Int64($0) } ?? 0)
        }
    }
  }

  /// Their memory in bytes, that which several processes share divided among them (`Pss` of `/proc/PID/smaps_rollup`).
  var memory: Int {
    identifiers.reduce(0) { sum, process in
      let lines = (try? contents(of: "/proc/\(process)/smaps_rollup"))?.split(separator: "\n") ?? []
      let kibibytes = lines.first { $0.hasPrefix("Pss:") }?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
      return sum + 1024 * (kibibytes ?? 0)
    }
  }

  private static func entries(of path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names.filter { $0.first?.isNumber == true }
  }
}
