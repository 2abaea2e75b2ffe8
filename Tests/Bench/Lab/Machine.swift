import Lab
import Glibc

/// What the figures were taken on.
enum Machine {
  /// Where the description is kept.
  static func path(besides results: String) -> String {
    results.split(separator: "/", omittingEmptySubsequences: false).dropLast().map { "\($0)/" }.joined() + "machine.md"
  }

  /// Lines of Markdown.
  static func describe() -> String {
    var name = utsname()
    uname(&name)
    let release = withUnsafeBytes(of: &name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let versions = ["keepalived", "heartbeat", "ucarp", "stress-ng"].map { "\($0) \(version(of: $0))" }
    return """
      - \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) processors: \(value(of: "model name", in: "/proc/cpuinfo") ?? "unknown")
      - Linux \(release), \(value(of: "PRETTY_NAME", in: "/etc/os-release", separator: "=") ?? "unknown")
      - Debian packages: \(versions.joined(separator: ", "))

      """
  }

  /// The version of a Debian package; "not installed".
  private static func version(of package: String) -> String {
    guard let status = try? contents(of: "/var/lib/dpkg/status") else { return "unknown" }
    let fields = status.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = fields.firstIndex(of: "Package: \(package)") else { return "not installed" }
    return fields[start...].first { $0.hasPrefix("Version: ") }.map { String($0.dropFirst(9)) } ?? "unknown"
  }

  private static func value(of key: String, in path: String, separator: Character = ":") -> String? {
    guard let line = (try? contents(of: path))?.split(separator: "\n").first(where: { $0.hasPrefix(key) }),
      let mark = line.firstIndex(of: separator)
    else { return nil }
    return String(line[line.index(after: mark)...].drop { $0 == " " }).replacing("\"", with: "")
  }

  /// The date in UTC, as in ISO 8601.
  static func today() -> String {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    let (month, day) = (String(101 + parts.tm_mon).dropFirst(), String(100 + parts.tm_mday).dropFirst())
    return "\(1900 + parts.tm_year)-\(month)-\(day)"
  }
}
