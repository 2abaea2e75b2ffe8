import CLinux
import Glibc
import Linux
import Netlink

/// Listens to every frame that the switch forwards (`packet(7)`), as on a monitor port.
public final class FrameTap: Sendable {
  /// A frame.
  public struct Frame: Sendable {
    /// When it was read, in nanoseconds of `BootClock`.
    public let time: Int64
    /// From the destination MAC address on, without the checksum; the first 2048 bytes.
    public let bytes: [UInt8]

    /// Of the protocol inside (`<linux/if_ether.h>`): 0x0800 is IPv4, 0x0806 ARP; nil for a frame too short for it.
    public var etherType: UInt16? {
      bytes.count >= 14 ? UInt16(bytes[12]) << 8 | UInt16(bytes[13]) : nil
    }
  }

  /// How many frames are remembered; of more than that the older half is forgotten.
  static let capacity = 1 << 16

  private let log: Guarded<[Frame]>
  private let loop: FrameLoop
  private let thread: Thread
  private let hasStopped = Guarded(false)

  /// Listens from now on.
  public init(on network: Switch) throws(LabError) {
    let log = Guarded<[Frame]>([])
    let loop = try network.namespace.perform("listen") { try FrameLoop(device: Switch.bridgeName, log: log) }
    (self.log, self.loop) = (log, loop)
    thread = try doing("listen") { try Thread(name: "tap") { loop.run() } }
  }

  deinit { stop() }

  /// What was heard so far.
  public var frames: [Frame] { log.withLock { $0 } }

  /// Waits for a frame that `condition` likes, also among those heard already; nil if none came in time.
  public func waitForFrame(timeout: Duration, _ condition: (Frame) -> Bool) -> Frame? {
    log.wait(timeout: timeout) { $0.first(where: condition) }
  }

  /// Ends the listening. Does no harm twice.
  public func stop() {
    hasStopped.withLock { hasStopped in
      if hasStopped { return }
      hasStopped = true
      loop.end()
      thread.join()
    }
  }
}

/// The tap's thread.
final class FrameLoop: Sendable {
  private let log: Guarded<[FrameTap.Frame]>
  private let socket: Descriptor
  private let ending: EventDescriptor
  private let poller: Poller

  /// Opens the socket in the calling thread's namespace.
  init(device: String, log: Guarded<[FrameTap.Frame]>) throws(SystemError) {
    self.log = log
    let type = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    socket = try Descriptor(Glibc.socket(AF_PACKET, type, 0), "socket", on: "packet")
    ending = try EventDescriptor()
    poller = try Poller()
    // Thousands of frames at once; the plain option would stop at net.core.rmem_max.
    var room: Int32 = 16 << 20
    setsockopt(socket.raw, SOL_SOCKET, SO_RCVBUFFORCE, &room, 4)
    let index = Int32(bitPattern: if_nametoindex(device))
    try socket.makePromiscuous(device, index: index)
    try socket.bind(toFrames: ETH_P_ALL, of: device, index: index)
    try poller.watch(ending.descriptor.raw, as: 0)
    try poller.watch(socket.raw, as: 1)
  }

  /// Makes `run` return.
  func end() {
    ending.signal()
  }

  /// Listens until `end` is called.
  func run() {
    var isEnding = false
    while !isEnding {
      poller.wait { token in
        if token == 0 { isEnding = true } else { takeFrames() }
      }
    }
  }

  private func takeFrames() {
    withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 1) { buffer in
      while true {
        let count = recv(socket.raw, buffer.baseAddress, buffer.count, 0)
        guard count >= 0 else { return }
        let frame = FrameTap.Frame(time: BootClock.now(), bytes: Array(buffer[..<count]))
        log.withLock { frames in
          if frames.count >= FrameTap.capacity { frames.removeFirst(FrameTap.capacity / 2) }
          frames.append(frame)
        }
      }
    }
  }
}
