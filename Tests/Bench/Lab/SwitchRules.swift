import Glibc
import Lab

/// Frames that the switch loses between the two hosts (`nft(8)`, bridge family): no host can see a difference to a real
/// network that does, however it listens.
struct SwitchRules {
  private let network: Switch
  /// Runs nft, and is otherwise not concerned.
  private let helper: Host

  init(network: Switch, from helper: Host) {
    self.network = network
    self.helper = helper
  }

  /// Nothing passes between the two; the client reaches both.
  func part() throws { try apply("") }

  /// So many of a hundred of these frames are lost, in each direction, at random.
  func lose(_ percent: Int, of frames: String) throws { try apply("\(frames) numgen random mod 100 < \(percent)") }

  /// Everything passes again.
  func heal() throws { try run("flush ruleset") }

  private func apply(_ frames: String) throws {
    let lines = [(0, 1), (1, 0)].map { from, to in
      "iifname \"\(Rig.names[from])\" oifname \"\(Rig.names[to])\" \(frames) drop;"
    }
    try run(
      "table bridge faults { chain passing { type filter hook forward priority 0; \(lines.joined(separator: " ")) }; }")
  }

  private func run(_ rules: String) throws {
    let namespace = "/proc/\(getpid())/fd/\(network.namespace.rawDescriptor)"
    let nft = try helper.start("/usr/bin/nsenter", ["--net=\(namespace)", "/usr/sbin/nft", rules])
    guard nft.waitForExit(timeout: .seconds(10)) == .code(0) else {
      throw BenchError("nft \(rules): \(nft.lines.map(\.text).joined(separator: " "))")
    }
  }
}
