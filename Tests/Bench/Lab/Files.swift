import Glibc
import Linux

/// Something that the benchmark could not do, or that did not happen.
struct BenchError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Writes a file anew.
func write(_ text: String, to path: String, mode: mode_t = 0o644, appending: Bool = false) throws(SystemError) {
  let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (appending ? O_APPEND : O_TRUNC)
  let file = try Descriptor(open(path, flags, mode), "create", on: path)
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let raw = file.raw
    let count = try retryOnInterrupt("write", on: path) {
      rest.withUnsafeBytes { Glibc.write(raw, $0.baseAddress, $0.count) }
    }
    rest = rest.dropFirst(count)
  }
}

/// Lets time pass; not after an interruption.
func pause(_ duration: Duration) {
  let end = BootClock.now() + duration.nanoseconds
  while !Interruption.isRequested.load(ordering: .relaxed) {
    let left = min(end - BootClock.now(), 100_000_000)
    if left <= 0 { return }
    var time = timespec(tv_sec: 0, tv_nsec: Int(left))
    nanosleep(&time, nil)
  }
}

extension Duration {
  var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
  var milliseconds: Double { Double(nanoseconds) / 1e6 }
}
