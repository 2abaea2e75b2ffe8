import Benchmark
import Configuration
import Netlink
import TakeoverCore
import Wire

/// What a beat is made of, and what a takeover writes; nothing here calls the kernel.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock], timeUnits: .nanoseconds, warmupIterations: 10, scalingFactor: .kilo,
    maxDuration: .seconds(2), maxIterations: 2_000)
  measureWire()
  measureCore()
  measureBatches()
}

/// The datagram of two nodes with one group, and its way in and out.
private func measureWire() {
  Benchmark("codec: encode") { benchmark in
    let heartbeat = Couple().heartbeats(1)[0].heartbeat
    withBuffer { buffer in
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations {
        blackHole(HeartbeatCodec.emit(heartbeat, keyID: 1, into: buffer))
      }
      benchmark.stopMeasurement()
    }
  }
  Benchmark("codec: decode") { benchmark in
    withDatagram { datagram, _ in
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { blackHole(try? HeartbeatCodec.parse(datagram)) }
      benchmark.stopMeasurement()
    }
  }
  Benchmark("HMAC: seal, with encode") { benchmark in
    let heartbeat = Couple().heartbeats(1)[0].heartbeat
    var authenticator = makeAuthenticator()
    withBuffer { buffer in
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { blackHole(authenticator.seal(heartbeat, into: buffer)) }
      benchmark.stopMeasurement()
    }
  }
  Benchmark("HMAC: open, with decode") { benchmark in
    withDatagram { datagram, authenticator in
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { blackHole(try? authenticator.open(datagram, of: Couple.cluster)) }
      benchmark.stopMeasurement()
    }
  }
}

/// Steps of an owner whose backup is well.
private func measureCore() {
  for groups in [1, Cluster.maximumGroups] { measureBeat(of: groups) }
  Benchmark("core: an idle timer") { benchmark in
    let couple = Couple()
    var owner = couple.cores[0]
    var actions = ActionList()
    benchmark.startMeasurement()
    for number in benchmark.scaledIterations {
      actions.clear()
      owner.handle(.timer, at: couple.now + Interval(nanoseconds: Int64(number)), into: &actions)
    }
    benchmark.stopMeasurement()
    blackHole(owner.nextDeadline)
  }
}

/// A beat, said and heard, while no group changes.
private func measureBeat(of groups: Int) {
  let title = "\(groups) \(groups == 1 ? "group" : "groups")"
  Benchmark("core: a heartbeat heard, \(title)") { benchmark in
    let couple = Couple(groups: groups)
    var owner = couple.cores[0]
    let heartbeats = couple.heartbeats(benchmark.scaledIterations.count)
    var actions = ActionList()
    benchmark.startMeasurement()
    for (heartbeat, at) in heartbeats {
      actions.clear()
      owner.hear(heartbeat, arrived: at, at: at, into: &actions)
    }
    benchmark.stopMeasurement()
    blackHole(owner.nextDeadline)
  }
  Benchmark("core: a beat, composed, \(title)") { benchmark in
    var owner = Couple(groups: groups).cores[0]
    var actions = ActionList()
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      actions.clear()
      let now = owner.nextDeadline
      owner.handle(.timer, at: now, into: &actions)
      blackHole(owner.composeHeartbeat(at: now))
    }
    benchmark.stopMeasurement()
  }
}

/// What is written for many addresses at once, each time the whole batch.
private func measureBatches() {
  let few = Benchmark.Configuration(
    metrics: [.wallClock], timeUnits: .nanoseconds, warmupIterations: 10, scalingFactor: .one,
    maxDuration: .seconds(2), maxIterations: 20_000)
  Benchmark("netlink: 256 additions", configuration: few) { benchmark in
    let addresses = (0..<256).compactMap { number in
      IPPrefix("10.0.\(number / 250).\(1 + number % 250)/16").map {
        InterfaceAddress(prefix: $0, link: 2, protocolTag: 0x56, validLifetime: 10, preferredLifetime: 0)
      }
    }
    var buffer = RequestBuffer()
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      buffer.removeAll()
      for (place, address) in addresses.enumerated() {
        try? buffer.append(20, flags: 0x500, sequence: UInt32(place)) { (request) throws(NetlinkError.Reason) in
          try address.writeForAdding(to: request)
        }
      }
    }
    benchmark.stopMeasurement()
    blackHole(buffer.bytes.count)
  }
  Benchmark("ARP: 64 frames", configuration: few) { benchmark in
    let frames = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * ARPFrame.length, alignment: 16)
    defer { frames.deallocate() }
    let hardware = EthernetAddress.broadcast
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      for place in 0..<64 {
        ARPFrame.announcement(of: IPv4Number(rawValue: 0x0a00_0001 + UInt32(place)), at: hardware, as: .request)
          .emit(into: UnsafeMutableRawBufferPointer(rebasing: frames[(place * ARPFrame.length)...]))
      }
    }
    benchmark.stopMeasurement()
    blackHole(frames[frames.count - 1])
  }
}

private func makeAuthenticator() -> Authenticator {
  Authenticator(signing: Key(id: 1, secret: Array(repeating: 7, count: 32)))
}

private func withBuffer(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
  withUnsafeTemporaryAllocation(byteCount: HeartbeatCodec.maximumLength, alignment: 16, body)
}

/// A signed heartbeat, and whoever can open it.
private func withDatagram(_ body: (UnsafeRawBufferPointer, inout Authenticator) -> Void) {
  var authenticator = makeAuthenticator()
  withBuffer { buffer in
    let length = authenticator.seal(Couple().heartbeats(1)[0].heartbeat, into: buffer)
    body(UnsafeRawBufferPointer(rebasing: buffer[..<length]), &authenticator)
  }
}
