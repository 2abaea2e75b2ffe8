#if !DEBUG

  import CAllocations
  import Glibc
  import Linux
  import Synchronization
  import TakeoverCore
  import Testing

  @testable import VIPAgent
  import struct TakeoverCore.Tag

  /// The heartbeat thread itself, with its sockets, its keys and its core, and a node that never stops talking to it.
  ///
  /// Only `make allocations` has it: the standard library's generics allocate where they are not specialized.
  @Suite(
    .enabled(if: PrivateNetwork.isPossible, "needs root: network namespaces"),
    .enabled(if: callocations_are_counted, "needs a malloc that counts: a sanitizer has its own"),
    .timeLimit(.minutes(2))
  )
  struct HeartbeatAllocationTests {
    private static let keys = KeyRing(signing: Key(id: 1, secret: Array(repeating: 7, count: 32)), keys: [])

    @Test func aHundredThousandHeartbeatsAllocateNothing() throws {
      let here = try PrivateNetwork()
      let there = try PrivateNetwork()
      try here.connect("eth0", to: there, "eth0")
      let configuration = try parse(
        smallest(heartbeat: "keepalive = \"1ms\"\ndeadtime = \"10s\"\ninitdead = \"10s\"\nrealtime = false"))
      let plan = try here.enter { try Plan(configuration, keys: Self.keys, nodeName: "a", session: 4711, after: nil) }
      let notices = try Mailbox<AddressNotice>(capacity: 64)
      let orders = try Mailbox<AddressOrder>(capacity: 64)
      let heartbeats = try here.enter {
        try HeartbeatThread(plan: plan, pulse: Pulse(), notices: notices, orders: orders)
      }
      let witness = Mutex<[UInt8]>([])
      let thread = try Thread(name: "heartbeat") {
        callocations_watch_this_thread()
        witness.withLock { $0 = Array(repeating: 1, count: 64) }
        heartbeats.run()
      }
      defer {
        _ = heartbeats.commands.post(.exit)
        thread.join()
        withExtendedLifetime(plan) {}
      }
      _ = notices.post(.hearing)
      _ = notices.post(.surveyed)
      let talker = Talker(
        on: try there.enter { try HeartbeatSocket(device: "eth0", port: 694) }, configuration, Self.keys)
      try talker.talk(5_000, to: heartbeats.counters)
      #expect(callocations_count() > 0 && witness.withLock(\.count) == 64, "what is allocated is seen")
      let (before, said) = (callocations_count(), heartbeats.counters.sent.load(ordering: .relaxed))
      try talker.talk(100_000, to: heartbeats.counters)
      let allocations = callocations_count() - before
      #expect(allocations == 0)
      let beats = heartbeats.counters.sent.load(ordering: .relaxed) - said
      #expect(beats > 100)
      print("heard 100000 heartbeats and said \(beats): \(allocations) allocations")
    }
  }

  /// Node b, on the test's thread: it hears what a says, so that a believes it, and says as much as a can hear.
  private final class Talker {
    private let socket: HeartbeatSocket
    private var core: TakeoverCore
    private var authenticator: Authenticator
    private let cluster: Tag
    private var batch = DatagramBatch()
    private var actions = ActionList()
    private let outgoing = UnsafeMutableRawBufferPointer.allocate(
      byteCount: HeartbeatCodec.maximumLength, alignment: 16)

    init(on socket: consuming HeartbeatSocket, _ configuration: Configuration, _ keys: KeyRing) {
      self.socket = socket
      cluster = Tag(of: configuration.cluster)
      core = TakeoverCore(cluster: configuration.cluster(seenFrom: "b"), session: 815)
      authenticator = keys.authenticator()
      core.handle(.started, at: .now, into: &actions)
      core.handle(.hearing, at: .now, into: &actions)
    }

    deinit { outgoing.deallocate() }

    /// Says so many heartbeats, never many more than the other has heard.
    func talk(_ count: Int, to listener: Counters) throws {
      let start = Instant.now
      for _ in 0..<count / 50 {
        let heard = listener.received.load(ordering: .acquiring)
        for _ in 0..<50 {
          let length = authenticator.seal(core.composeHeartbeat(at: .now), into: outgoing)
          try #require(socket.send(UnsafeRawBufferPointer(rebasing: outgoing[..<length])) == nil)
        }
        while listener.received.load(ordering: .acquiring) < heard + 50 {
          try #require(Instant.now < start + .seconds(60), "heartbeats are lost")
          sched_yield()
        }
        hear()
      }
    }

    private func hear() {
      repeat {
        _ = socket.receive(into: &batch)
        for place in 0..<batch.count {
          guard let datagram = batch[place], let heartbeat = try? authenticator.open(datagram, of: cluster) else {
            continue
          }
          actions.clear()
          core.handle(.heartbeat(heartbeat, arrived: batch.arrival(of: place)), at: .now, into: &actions)
        }
      } while batch.isFull
    }
  }

#endif
