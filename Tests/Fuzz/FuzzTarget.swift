import Glibc
import TerminalUI

/// What can be fuzzed: every place where bytes come in that this program did not write itself.
///
/// A new one is a case here with a function in a file of its own, and a folder of its name below `Corpus`.
enum FuzzTarget: String, CaseIterable {
  /// Heartbeat datagrams from a stranger.
  case heartbeat
  /// Heartbeats from a node that knows the key, and everything else that happens to the core, in any order.
  case core
  /// ARP packets and ICMP echoes.
  case frames
  /// What the kernel answers and reports through netlink.
  case netlink
  /// Configuration files.
  case config
  /// Key files.
  case keys
  /// What the file of the standby says.
  case standby
  /// Lines of the control socket.
  case control
  /// What a client says on the control socket, in pieces.
  case stream
  /// Heads of requests for the metrics.
  case http
  /// Command lines.
  case arguments
  /// Frames that the doctor hears.
  case wire
  /// The kernel's answers in several datagrams.
  case exchange
  /// Packets that the kernel gives to the socket filters.
  case filters

  func run(_ bytes: UnsafeRawBufferPointer) {
    switch self {
    case .heartbeat: fuzzHeartbeat(bytes)
    case .core: fuzzCore(bytes)
    case .frames: fuzzFrames(bytes)
    case .netlink: fuzzNetlink(bytes)
    case .config: fuzzConfig(bytes)
    case .keys: fuzzKeys(bytes)
    case .standby: fuzzStandby(bytes)
    case .control: fuzzControl(bytes)
    case .stream: fuzzStream(bytes)
    case .http: fuzzHTTP(bytes)
    case .arguments: fuzzArguments(bytes)
    case .wire: fuzzWire(bytes)
    case .exchange: fuzzExchange(bytes)
    case .filters: fuzzFilters(bytes)
    }
  }

  /// The one that `VIPAGENT_FUZZ_TARGET` names.
  static let chosen: FuzzTarget = {
    let name = getenv("VIPAGENT_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
      printError("VIPAGENT_FUZZ_TARGET must be one of \(allCases.map(\.rawValue).joined(separator: ", "))")
      exit(EX_USAGE)
    }
    return target
  }()
}

/// libFuzzer's way in (`LLVMFuzzerTestOneInput`): one call an input; 0 says that it may go into the corpus.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  FuzzTarget.chosen.run(UnsafeRawBufferPointer(start: bytes, count: count))
  return 0
}

/// Ends the process where something that must hold does not: libFuzzer then keeps the input.
func hold(_ condition: Bool, _ what: @autoclosure () -> String, line: UInt = #line, file: StaticString = #fileID) {
  guard !condition else { return }
  printError("\(file):\(line): does not hold: \(what())")
  abort()
}
