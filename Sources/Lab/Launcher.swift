import CLaunch
import Glibc
import Linux

/// What to run on a host.
struct Program: Sendable {
  let path: String
  /// Without the program's name.
  let arguments: [String]
  let environment: [String: String]
}

/// The one thread that starts programs.
///
/// The kernel kills each of them when the *thread* that started it ends (`PR_SET_PDEATHSIG`), so it has to be a thread
/// that lives exactly as long as the lab: a lab that dies by whatever cause leaves no process behind.
final class Launcher: Sendable {
  private struct Request {
    let program: Program
    let host: String
    let namespace: Int32
    let output: Int32
  }

  private struct State {
    var request: Request?
    var answer: Result<Child, LaunchError>?
    var isClosing = false

    mutating func accept(_ request: Request) -> Bool {
      if !isClosing { self.request = request }
      return !isClosing
    }

    /// What was accepted is served, also when the end has been asked for since: somebody waits for the answer.
    mutating func nextOrder() -> Order? {
      request.take().map(Order.launch) ?? (isClosing ? .end : nil)
    }
  }

  private enum Order {
    case launch(Request)
    case end
  }

  /// A process just started, as C gives it.
  private struct Child {
    let identifier: pid_t
    let descriptor: Int32
  }

  /// A process just started.
  struct Started: ~Copyable {
    let identifier: pid_t
    /// For pidfd_send_signal(2); readable once the process has ended.
    let descriptor: Descriptor
    /// The reading end of what the process writes, non-blocking.
    let output: Descriptor
  }

  private let state: Guarded<State>
  private let turn = Guarded<Void>(())
  private let thread: Thread

  init() throws(SystemError) {
    let state = Guarded(State())
    self.state = state
    thread = try Thread(name: "launcher") { Launcher.serve(state) }
  }

  /// Ends the thread, and with it every program that still runs. Call it once.
  func close() {
    state.withLock { $0.isClosing = true }
    thread.join()
  }

  /// Starts a program and returns once it runs, or has failed to.
  /// - Parameter namespace: the network it sees.
  func start(_ program: Program, host: String, namespace: Namespace) throws(LabError) -> Started {
    let pipe = try doing("start \(program.path) on \(host)") { try Pipe() }
    let child = try order(
      Request(program: program, host: host, namespace: namespace.rawDescriptor, output: pipe.input.raw))
    let descriptor = try doing("start \(program.path) on \(host)") { try Descriptor(child.descriptor, "pidfd_open") }
    return Started(identifier: child.identifier, descriptor: descriptor, output: pipe.output)
  }

  /// Hands a request to the thread; one at a time.
  private func order(_ request: Request) throws(LabError) -> Child {
    let answer: Result<Child, LaunchError>? = turn.withLock { _ in
      guard state.withLock({ $0.accept(request) }) else { return nil }
      return state.wait(timeout: nil) { $0.answer.take() }
    }
    switch answer {
    case .success(let child): return child
    case .failure(let error): throw .launch(error)
    case nil: throw .tornDown
    }
  }

  private static func serve(_ state: Guarded<State>) {
    while case .launch(let request) = state.wait(timeout: nil, for: { $0.nextOrder() }) {
      let answer = launch(request)
      state.withLock { $0.answer = answer }
    }
  }

  private static func launch(_ request: Request) -> Result<Child, LaunchError> {
    let program = request.program
    var failure = claunch_failure()
    var descriptor: Int32 = -1
    let identifier = withCStrings([program.path] + program.arguments) { arguments in
      withCStrings(program.environment.map { "\($0.key)=\($0.value)" }) { environment in
        program.path.withCString { path in
          request.host.withCString { host in
            var start = claunch_program(
              path: path, arguments: arguments, environment: environment, host_name: host,
              network_namespace: request.namespace, output: request.output)
            return claunch_start(&start, &descriptor, &failure)
          }
        }
      }
    }
    if identifier > 0 { return .success(Child(identifier: identifier, descriptor: descriptor)) }
    return .failure(
      LaunchError(
        program: program.path, host: request.host, step: name(of: failure.step),
        errno: Errno(rawValue: failure.number)))
  }

  private static func name(of step: Int32) -> String {
    switch claunch_step(UInt32(bitPattern: step)) {
    case claunch_pipe: "pipe2"
    case claunch_fork: "fork"
    case claunch_prctl: "prctl"
    case claunch_setpgid: "setpgid"
    case claunch_setns: "setns"
    case claunch_unshare: "unshare"
    case claunch_sethostname: "sethostname"
    case claunch_open: "open /dev/null"
    case claunch_dup2: "dup2"
    case claunch_close_range: "close_range"
    case claunch_execve: "execve"
    case claunch_pidfd_open: "pidfd_open"
    default: "step \(step)"
    }
  }

  /// The strings as C wants them: pointers, NULL last.
  private static func withCStrings<Value>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
  ) -> Value {
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
    for (index, string) in strings.enumerated() { pointers[index] = strdup(string) }
    pointers[strings.count] = nil
    defer {
      for index in strings.indices { free(pointers[index]) }
      pointers.deallocate()
    }
    return body(pointers)
  }
}

/// Both ends of a pipe, closed on exec.
private struct Pipe: ~Copyable {
  /// The end to read from; never blocks.
  let output: Descriptor
  /// The end to write to.
  let input: Descriptor

  init() throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    try retryOnInterrupt("pipe2") { claunch_make_pipe(&ends) }
    let output = try Descriptor(ends[0], "pipe2")
    let input = try Descriptor(ends[1], "pipe2")
    self.output = output
    self.input = input
  }
}
