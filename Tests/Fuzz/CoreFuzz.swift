import Configuration
import Engine
import TakeoverCore

/// A node, and whatever can happen to it, in an order and at times that the bytes choose.
func fuzzCore(_ bytes: UnsafeRawBufferPointer) {
  var source = ByteSource(bytes)
  let configuration = FuzzCluster.configuration(from: &source)
  guard let generation = FuzzCluster.generation(configuration, me: source.choice(of: 5)) else {
    return hold(false, "a plan")
  }
  let bench = CoreBench(generation: generation)
  var peers = PeerVoices(generation)
  bench.handle(.started)
  while !source.isEmpty, !bench.isDone { step(bench, &peers, &source) }
}

private func step(_ bench: CoreBench, _ peers: inout PeerVoices, _ source: inout ByteSource) {
  let keepalive = bench.generation.core.cluster.keepalive
  switch source.choice(of: 22) {
  case 0...3: bench.awaitTimer()
  case 4:
    bench.pass(keepalive * Int64(source.byte()) / 32)
    if bench.now >= bench.generation.core.nextDeadline { bench.handle(.timer) }
  case 5...7: peers.speak(at: bench, &source)
  case 8: peers.change(at: bench, &source)
  case 9: bench.receive(bench.sealed(peers.nonsense(at: bench, &source)))
  case 10...12: bench.obey(refusing: source.byte() & 7 == 7)
  case 13: bench.handle(kernelEvent(bench, &source))
  case 14: bench.handle(source.byte() & 7 == 7 ? .linkDown(anyGroup(&source)) : .linkUp(anyGroup(&source)))
  case 15: bench.handle(source.byte() & 7 == 7 ? .deaf : .hearing)
  case 16: bench.handle(wireEvent(&source))
  case 17: if let datagram = bench.datagrams.randomElement(by: source.byte()) { bench.receive(datagram) }
  case 18: bench.handle(wish(&source))
  case 19: peers.exaggerate(at: bench, &source)
  case 20: peers.crowd(at: bench, &source)
  default:
    if source.flag() {
      bench.pass(keepalive * Int64(source.byte()))
    } else {
      reload(bench, &peers, &source)
    }
  }
}

/// One of three groups, or one that there is not.
private func anyGroup(_ source: inout ByteSource) -> GroupIndex { GroupIndex(source.choice(of: 4)) }

/// What the kernel says without being asked, or too late.
private func kernelEvent(_ bench: CoreBench, _ source: inout ByteSource) -> Event {
  let group = anyGroup(&source)
  let groups = bench.generation.groups
  let position = Int(group.position)
  let term = groups.indices.contains(position) ? bench.term(of: groups[position].tag) : UInt64(source.byte())
  switch source.choice(of: 8) {
  case 0: return .addressesLost(group)
  case 1: return .addressesFound(group)
  case 2:
    // Says so unasked only of what it could not hold: anything else would pass for the answer to an order.
    let isFaulted = groups.indices.contains(position) && bench.role(of: groups[position].tag) == .faulted
    return isFaulted ? .addressesRemoved(group) : .timer
  case 3: return .addressesAdded(group, term: term, at: bench.now)
  case 4: return .addressesFailed(group, term: source.flag() ? term : UInt64(source.byte()))
  // Only an order of the core is answered so: anything else is about another claim.
  case 5: return .announced(group, term: term &+ 1, at: bench.now)
  case 6: return .leased(group, until: bench.now + .milliseconds(Int64(source.byte()) * 20))
  default: return .hardware(PeerVoices.hardware(of: source.choice(of: 8)))
  }
}

private func wireEvent(_ source: inout ByteSource) -> Event {
  let hardware = EthernetAddress(rawValue: UInt64(source.choice(of: 8)))
  switch source.choice(of: 3) {
  case 0: return .answered(anyGroup(&source), by: hardware)
  case 1: return .echoed(anyGroup(&source), by: hardware)
  default: return .unasked(anyGroup(&source))
  }
}

/// What the operator wants: rarely that the agent ends, which ends the run.
private func wish(_ source: inout ByteSource) -> Event {
  switch source.byte() {
  case 0..<36: return .standby
  // Comes too late, and means nothing any more.
  case 36..<40: return .standbyRemembered(source.flag() ? anyGroup(&source) : nil)
  case 40..<80: return .available
  case 80..<240:
    let request = Request.allCases[source.choice(of: Request.allCases.count)]
    return .request(request, source.flag() ? anyGroup(&source) : nil, force: source.flag())
  case 240..<248: return .stop
  default: return .restart
  }
}

private func reload(_ bench: CoreBench, _ peers: inout PeerVoices, _ source: inout ByteSource) {
  let next = FuzzCluster.configuration(from: &source)
  let keys = source.choice(of: 4)
  // A node that the configuration no longer names does not go over to it.
  let name = bench.generation.name(of: bench.generation.me)
  guard let me = next.nodes.firstIndex(of: name),
    let generation = FuzzCluster.generation(next, me: me, keys: keys, after: bench.generation)
  else { return }
  bench.adopt(generation)
  // The others may go on with what they have.
  if source.flag() { peers = PeerVoices(generation, after: peers) }
}

extension [[UInt8]] {
  fileprivate func randomElement(by byte: UInt8) -> [UInt8]? {
    isEmpty ? nil : self[Int(byte) % count]
  }
}
