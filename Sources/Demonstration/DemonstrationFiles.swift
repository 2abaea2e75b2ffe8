import Glibc
import Lab
import Linux
import Support

/// A temporary folder with what two agents need to know: the configuration and the key. It goes with this object.
final class DemonstrationFiles: Sendable {
  /// The configuration, the same file for both.
  let config: String
  private let folder: TemporaryFolder

  init(keepalive: Duration, deadtime: Duration, address: String) throws(LabError) {
    folder = try doing("make a temporary folder") { try TemporaryFolder("vipagent-demo") }
    config = "\(folder.path)/config.toml"
    let keys = "\(folder.path)/keys"
    let text = Self.configuration(keepalive: keepalive, deadtime: deadtime, keys: keys, address: address)
    let config = config
    try doing("write the configuration") {
      try Self.write(Self.freshKey(), to: keys)
      try Self.write(text, to: config)
    }
  }

  /// Removes folder and files. Does no harm twice.
  func remove() { folder.remove() }

  private static func configuration(keepalive: Duration, deadtime: Duration, keys: String, address: String) -> String {
    """
    cluster = "demo"

    [heartbeat]
    bcast     = ["eth0"]
    keepalive = "\(keepalive.configured)"
    deadtime  = "\(deadtime.configured)"
    initdead  = "\((deadtime * 2).configured)"

    [auth]
    keys = "\(keys)"

    [[node]]
    name = "loadb1"
    [[node]]
    name = "loadb2"

    [[group]]
    name          = "director"
    preferred     = ["loadb1", "loadb2"]
    auto_failback = true

    [[group.vip]]
    address = "\(address)"
    dev     = "eth0"
    label   = "eth0:0"

    # Both hosts share one file system.
    [control]
    socket = "off"

    """
  }

  /// A key file with one key, drawn now.
  private static func freshKey() -> String {
    let key = (0..<32).map { _ in UInt8.random(in: 0 ... .max) }
    return "auth 1\n1 hmac-sha256 \(key.map(\.hex).joined())\n"
  }

  private static func write(_ text: String, to path: String) throws(SystemError) {
    let file = try Descriptor(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600), "create", on: path)
    try retryOnInterrupt("write", on: path) { Glibc.write(file.raw, text, text.utf8.count) }
  }
}
