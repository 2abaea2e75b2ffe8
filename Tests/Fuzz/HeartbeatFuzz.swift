import Engine
import Heartbeats
import TakeoverCore
import Wire

/// A datagram on its way from the socket to the core; and, since a stranger cannot sign what would get far, the same
/// bytes once more as if they had been signed.
func fuzzHeartbeat(_ bytes: UnsafeRawBufferPointer) {
  guard let generation = FuzzCluster.generation(FuzzCluster.plain, me: 0) else { return hold(false, "there is a plan") }
  do throws(DropReason) {
    _ = try generation.authenticator.open(bytes, of: generation.clusterTag)
    hold(false, "a datagram without the key is dropped")
  } catch {
    let reasons: [DropReason] = [.length, .notOurs, .version, .cluster, .unknownKey, .authentication]
    hold(reasons.contains(error), "a stranger hears nothing but that it is one: \(error)")
    let counters = Counters()
    counters.count(error)
    hold(counters.dropped(error) == 1, "what is dropped is counted under its reason")
    var log = DropLog()
    hold(log.count(error, at: .origin) == 1, "the first of a kind is spoken of")
    hold(log.count(error, at: .origin) == nil, "the second is not, at the same time")
  }
  guard let heartbeat = try? HeartbeatCodec.parse(bytes) else { return }
  checkRoundTrip(heartbeat, of: bytes, generation)
  hear(heartbeat, generation)
}

/// Written again, signed and opened, a heartbeat says the same.
private func checkRoundTrip(_ heartbeat: Heartbeat, of bytes: UnsafeRawBufferPointer, _ generation: Generation) {
  let signed = bytes.count - HeartbeatCodec.authenticationLength
  withUnsafeTemporaryAllocation(byteCount: HeartbeatCodec.maximumLength, alignment: 1) { buffer in
    let length = generation.authenticator.seal(heartbeat, into: buffer)
    hold(length == bytes.count, "a heartbeat is as long as its datagram")
    let datagram = UnsafeRawBufferPointer(rebasing: buffer[..<length])
    // Reserved bytes are not read and so not written: compare after the second writing.
    guard let again = try? HeartbeatCodec.parse(datagram) else { return hold(false, "what is written can be read") }
    withUnsafeTemporaryAllocation(byteCount: HeartbeatCodec.maximumLength, alignment: 1) { second in
      hold(HeartbeatCodec.emit(again, keyID: 1, into: second) == signed, "twice the same length")
      hold(second[..<signed].elementsEqual(datagram[..<signed]), "twice the same bytes")
    }
    // The header has no reserved bytes; the key's number is the only one that may change.
    hold(datagram[4..<44].elementsEqual(bytes[4..<44]), "the header comes through")
    do throws(DropReason) {
      _ = try generation.authenticator.open(datagram, of: heartbeat.cluster)
    } catch {
      hold(false, "what was sealed can be opened: \(error)")
    }
  }
}

/// A node that has just begun to listen hears it three times, and goes on.
private func hear(_ heartbeat: Heartbeat, _ generation: Generation) {
  var actions = ActionList()
  var now = Instant(nanoseconds: 1_000_000_000)
  for event in [.started, .linkUp(GroupIndex(0)), .hearing, .timer] as [Event] {
    generation.core.handle(event, at: now, into: &actions)
  }
  _ = generation.core.composeHeartbeat(at: now)
  let arrivals = Arrivals()
  for _ in 0..<3 {
    actions.clear()
    generation.core.handle(.heartbeat(heartbeat, arrived: now), at: now, into: &actions)
    arrivals.note(heartbeat, at: generation.core.credible(now, at: now), warntime: generation.warntime)
    now = max(now, generation.core.nextDeadline)
    generation.core.handle(.timer, at: now, into: &actions)
    hold(generation.core.nextDeadline > now, "time goes on")
    hold(actions.all.count < 64, "one heartbeat causes little")
  }
  checkNumbers(heartbeat, arrivals, at: now, generation)
}

/// The numbers of a link bear whatever a heartbeat counts: one more of its session, and one of another.
private func checkNumbers(_ heartbeat: Heartbeat, _ arrivals: Arrivals, at now: Instant, _ generation: Generation) {
  hold(arrivals.summary(of: heartbeat.node, at: now)?.heard == 1, "copies are counted once")
  var next = heartbeat
  next.sequence &+= heartbeat.sequence
  arrivals.note(next, at: now + heartbeat.keepalive, warntime: generation.warntime)
  next.session &+= 1
  arrivals.note(next, at: now + heartbeat.deadtime, warntime: generation.warntime)
  guard let summary = arrivals.summary(of: heartbeat.node, at: now + heartbeat.deadtime) else {
    return hold(false, "who was heard has numbers")
  }
  hold(summary.heard == (heartbeat.sequence >> 63 == 1 ? 2 : 3), "each new one is counted")
  hold(summary.median <= summary.p99 && summary.p99 <= summary.p999 && summary.p999 <= summary.longest, "in order")
}
