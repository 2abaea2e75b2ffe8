import FoundationEssentials
import Lab
import Linux

/// Power loss of a host with one address, step by step in microseconds: what the agent says that takes over, and what a client
/// sees that asks 10,000 times a second.
enum Trace {
  /// What of `vipagent status --json` matters here.
  private struct Status: Decodable {
    /// In microseconds since the former owner was last heard.
    struct Takeover: Decodable {
      let deadline, claimed, confirmed, announced: Double

      enum CodingKeys: String, CodingKey {
        case deadline = "deadline_us", claimed = "claimed_us"
        case confirmed = "confirmed_us", announced = "announced_us"
      }
    }
    let takeovers: [Takeover]
  }

  static func play(_ rig: Rig, _ sample: inout Sample) throws {
    try rig.startBoth()
    let tap = try WireTap(on: rig.lab.network)
    defer { tap.stop() }
    let pinger = try rig.ping(every: .microseconds(100))
    let mark = pinger.mark()
    let start = BootClock.now()
    try rig.nodes[0].host.powerOff()
    try rig.waitForHolder(1, within: .seconds(15))
    pause(.milliseconds(300))
    let announced = tap.frames.first { $0.sender == 1 && $0.announced != 0 && $0.time >= start }
    guard let frame = announced, let answer = pinger.report(since: mark).longest?.answered else {
      throw BenchError("nobody announced the address, or nobody answered\(rig.nodes[1].words)")
    }
    let steps = try takeover(by: rig.nodes[1])
    sample.values["silence_us"] = steps.deadline
    sample.values["decision_us"] = steps.claimed - steps.deadline
    sample.values["kernel_us"] = steps.confirmed - steps.claimed
    sample.values["frame_us"] = steps.announced - steps.confirmed
    sample.values["own_us"] = steps.announced - steps.deadline
    sample.values["reply_us"] = Double(answer - frame.time) / 1e3
    sample.values["served_us"] = steps.announced - steps.deadline + Double(answer - frame.time) / 1e3
  }

  private static func takeover(by node: Node) throws -> Status.Takeover {
    let process = try node.host.start(
      node.seat.agent, ["status", "--json", "--socket", VipagentRecipe.socket(in: node.seat.folder)])
    // Its code tells that the other node is dead.
    guard process.waitForExit(timeout: .seconds(10)) != nil else { throw BenchError("vipagent status does not end") }
    let text = process.lines.map(\.text).joined(separator: "\n")
    guard let last = try? JSONDecoder().decode(Status.self, from: Data(text.utf8)).takeovers.first else {
      throw BenchError("vipagent status tells of no takeover: \(text.prefix(200))")
    }
    return last
  }
}
