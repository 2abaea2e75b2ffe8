import Configuration
import Engine
import TakeoverCore

/// The other nodes, as far as they are heard: each says the same again, in time and provably, until the bytes change it.
struct PeerVoices {
  private var heartbeats: [Heartbeat] = []
  private let groups: [Tag]

  init(_ generation: Generation, after former: PeerVoices? = nil) {
    groups = generation.groups.map(\.tag)
    let others = generation.nodeTags.filter { $0 != generation.nodeTags[Int(generation.me.position)] }
    for (place, node) in others.enumerated() {
      var heartbeat = Heartbeat(
        cluster: generation.clusterTag, node: node, fingerprint: generation.configuration.fingerprint,
        session: 0x100 + UInt64(place), sequence: 1, keepalive: generation.core.cluster.keepalive,
        deadtime: generation.core.cluster.deadtime)
      if let earlier = former?.heartbeats.first(where: { $0.node == node }) {
        heartbeat.session = earlier.session
        heartbeat.sequence = earlier.sequence
      }
      heartbeat.hardware = Self.hardware(of: place)
      for (rank, group) in groups.enumerated() {
        heartbeat.groups.append(
          GroupReport(group: group, role: .standby, flags: .eligible, rank: UInt8(place + rank)))
      }
      heartbeats.append(heartbeat)
    }
  }

  static func hardware(of place: Int) -> HardwareList {
    var list = HardwareList(filler: .zero)
    list.append(EthernetAddress(rawValue: UInt64(place) + 1))
    return list
  }

  /// One of them says what it said, with the next number, having heard the last that was said to it.
  mutating func speak(at bench: CoreBench, _ source: inout ByteSource) {
    let place = source.choice(of: heartbeats.count)
    prove(place, at: bench, alive: true)
    bench.receive(bench.sealed(heartbeats[place]))
  }

  /// One of them changes something first.
  mutating func change(at bench: CoreBench, _ source: inout ByteSource) {
    let place = source.choice(of: heartbeats.count)
    let position = source.choice(of: heartbeats[place].groups.count)
    var report = heartbeats[place].groups[position]
    switch source.choice(of: 10) {
    case 0: report.role = GroupReport.Role(rawValue: source.byte() % 6) ?? .listening
    case 1:
      report.role = .owner
      report.term = bench.term(of: report.group) + UInt64(source.byte() & 3)
    case 2:
      report.role = .releasing
      report.target = bench.generation.nodeTags[source.choice(of: bench.generation.nodeTags.count)]
    case 3: report.flags = GroupReport.Flags(rawValue: source.byte() & 15)
    case 4: report.term = min(source.number(UInt64.self), HeartbeatCodec.maximumTerm)
    case 5: report.degraded = source.byte() & 1
    case 6: heartbeats[place].flags = Heartbeat.Flags(rawValue: source.byte() & 7)
    case 7:
      heartbeats[place].session = 0x100 + UInt64(source.byte() & 15) << 8
      heartbeats[place].sequence = 1
    case 8: heartbeats[place].fingerprint = UInt32(source.byte())
    default: heartbeats[place].deadtime = heartbeats[place].keepalive * (2 + Int64(source.byte()))
    }
    heartbeats[place].groups[position] = report
    prove(place, at: bench, alive: source.byte() & 7 != 7)
    bench.receive(bench.sealed(heartbeats[place]))
  }

  /// One of them says with a proof what is as large as it can be said, once or from now on.
  mutating func exaggerate(at bench: CoreBench, _ source: inout ByteSource) {
    let place = source.choice(of: heartbeats.count)
    prove(place, at: bench, alive: true)
    var heartbeat = heartbeats[place]
    let less = UInt64(source.byte() & 3)
    switch source.choice(of: 8) {
    case 0: heartbeat.sequence = .max - less
    case 1:
      for position in 0..<heartbeat.groups.count {
        heartbeat.groups[position].term = HeartbeatCodec.maximumTerm - less
        if source.flag() { heartbeat.groups[position].role = .owner }
      }
    case 2:
      heartbeat.deadtime = HeartbeatCodec.longestDeadtime
      heartbeat.keepalive = source.flag() ? .seconds(60) : .milliseconds(1)
    case 3: heartbeat.session = .max - less
    case 4: heartbeat.echoes[0].sequence = less == 0 ? .max : bench.sequence &+ less
    case 5:
      var echo = heartbeat.echoes[0]
      while heartbeat.echoes.room > 0 {
        echo.session = source.flag() ? echo.session : source.number(UInt64.self)
        echo.sequence = source.flag() ? .max : echo.sequence &- 1
        heartbeat.echoes.append(echo)
      }
    case 6: heartbeat.fingerprint = .max
    default:
      for position in 0..<heartbeat.groups.count {
        heartbeat.groups[position].rank = .max
        heartbeat.groups[position].flags = GroupReport.Flags(rawValue: .max)
      }
    }
    bench.receive(bench.sealed(heartbeat))
    if source.flag() { heartbeats[place] = heartbeat }
  }

  /// Sessions by the dozen in the name of one of them, or of this node, none of which proves anything.
  func crowd(at bench: CoreBench, _ source: inout ByteSource) {
    var heartbeat = heartbeats[source.choice(of: heartbeats.count)]
    if source.byte() & 3 == 0 { heartbeat.node = bench.generation.nodeTags[Int(bench.generation.me.position)] }
    heartbeat.echoes = FixedList(filler: Heartbeat.Echo(node: .none, alive: false, session: 0, sequence: 0))
    let first = source.number(UInt64.self)
    for number in 0..<UInt64(source.byte() & 31) {
      heartbeat.session = max(1, first &+ number)
      heartbeat.sequence = max(1, first)
      bench.receive(bench.sealed(heartbeat))
    }
  }

  private mutating func prove(_ place: Int, at bench: CoreBench, alive: Bool) {
    heartbeats[place].sequence &+= 1
    var echoes = FixedList<30, Heartbeat.Echo>(
      filler: Heartbeat.Echo(node: .none, alive: false, session: 0, sequence: 0))
    echoes.append(
      Heartbeat.Echo(
        node: bench.generation.nodeTags[Int(bench.generation.me.position)], alive: alive,
        session: bench.generation.core.currentSession,
        sequence: bench.sequence))
    heartbeats[place].echoes = echoes
  }

  /// A heartbeat of arbitrary numbers from one of them, from this node's namesake, or from nobody.
  func nonsense(at bench: CoreBench, _ source: inout ByteSource) -> Heartbeat {
    let nodes = bench.generation.nodeTags + [Tag(rawValue: source.number(UInt32.self))]
    var heartbeat = Heartbeat(
      cluster: source.byte() == 0xff ? .none : bench.generation.clusterTag, node: nodes[source.choice(of: nodes.count)],
      fingerprint: source.number(UInt32.self), session: source.number(UInt64.self),
      sequence: source.number(UInt64.self), keepalive: .microseconds(Int64(source.number(UInt32.self))),
      deadtime: .microseconds(Int64(source.number(UInt32.self))), flags: Heartbeat.Flags(rawValue: source.byte()))
    for _ in 0..<source.choice(of: 31) {
      let isOurs = source.flag()
      heartbeat.echoes.append(
        Heartbeat.Echo(
          node: nodes[source.choice(of: nodes.count)], alive: source.flag(),
          session: isOurs ? bench.generation.core.currentSession : source.number(UInt64.self),
          sequence: isOurs ? bench.sequence &- UInt64(source.byte()) : source.number(UInt64.self)))
    }
    for _ in 0..<source.choice(of: 33) {
      heartbeat.groups.append(
        GroupReport(
          group: groups[source.choice(of: groups.count)], role: GroupReport.Role(rawValue: source.byte() % 6) ?? .owner,
          flags: GroupReport.Flags(rawValue: source.byte()), rank: source.byte(), degraded: source.byte(),
          term: source.number(UInt64.self), target: nodes[source.choice(of: nodes.count)]))
    }
    for _ in 0..<source.choice(of: 7) { heartbeat.hardware.append(EthernetAddress(rawValue: UInt64(source.byte()))) }
    return heartbeat
  }
}
