import TakeoverCore

/// A third party on the link: it hears everything, can say it again, and perhaps has the key.
extension World {
  /// What whoever has the key can say so that it lasts.
  enum Forgery: Int64, CaseIterable {
    /// A sequence number that the session never reaches.
    case sequence
    /// A term after which there is no newer one.
    case term
    /// A deadtime of ten minutes.
    case deadtime
    /// A session that proves nothing and holds everything, for ten minutes.
    case session
    /// The agent restarts.
    case restart
  }

  /// Says a heartbeat to one host that comes from nobody, or from a recording.
  package func inject(_ heartbeat: Heartbeat, to host: Int, isReplayed: Bool = true) {
    var envelope = DatagramPool.Envelope(of: heartbeat)
    envelope.isReplayed = isReplayed
    envelope.sender = hosts.indices.first { Tag(of: hosts[$0].name) == heartbeat.node }.map { UInt8($0) } ?? 0
    inject(heartbeat, envelope, to: host)
  }

  private func inject(_ heartbeat: Heartbeat, _ envelope: DatagramPool.Envelope, to host: Int) {
    guard let place = pool.transmit(heartbeat) else { return }
    pool.envelopes[place] = envelope
    pool.envelopes[place].uses = 1
    agenda.add(Occurrence(kind: .heartbeat, host: UInt8(host), value: UInt64(place)), at: now.nanoseconds)
  }

  /// Says again what it heard, to everybody, in the rhythm in which it was said.
  func replay(_ fault: Fault) {
    let since = Instant(nanoseconds: max(0, now.nanoseconds - fault.amount))
    for said in recording?.said(by: fault.host, from: since, to: now) ?? [] {
      guard let place = pool.transmit(said.heartbeat) else { continue }
      var envelope = said.envelope
      envelope.isReplayed = true
      envelope.uses = network.count
      pool.envelopes[place] = envelope
      let time = (now + (said.at - since) + .microseconds(300)).nanoseconds
      for other in hosts.indices {
        agenda.add(Occurrence(kind: .heartbeat, host: UInt8(other), value: UInt64(place)), at: time)
      }
    }
  }

  /// The next word of a fault of the kind ``Fault/Kind/recordings``.
  func recordingSpeaks(_ what: Occurrence) {
    let fault = endings[Int(what.value)]
    guard inForce.contains(fault), fault.amount > 0 else { return }
    let turn = Int(((now - .origin) - fault.at).nanoseconds / fault.amount)
    if let said = recording?.word(turn, ofFormerSessionsOf: fault.host, current: hosts[fault.host].session) {
      var envelope = said.envelope
      envelope.isReplayed = true
      envelope.isRepeated = true
      for other in hosts.indices { inject(said.heartbeat, envelope, to: other) }
    }
    agenda.add(what, at: now.nanoseconds + fault.amount)
  }

  func forge(_ fault: Fault) {
    let host = fault.host
    guard let forgery = Forgery(rawValue: fault.amount), hosts[host].core != nil,
      let said = recording?.last(by: host), said.heartbeat.session == hosts[host].session
    else { return }
    for other in hosts.indices where other != host {
      var heartbeat = said.heartbeat
      heartbeat.sequence += 1
      for place in 0..<heartbeat.echoes.count where heartbeat.echoes[place].session == hosts[other].session {
        heartbeat.echoes[place].sequence = recording?.last(by: other)?.heartbeat.sequence ?? 1
      }
      heartbeat.forge(forgery, session: Chance.mix(seed &+ UInt64(now.nanoseconds)) | 1)
      var envelope = DatagramPool.Envelope(of: heartbeat)
      envelope.sender = UInt8(host)
      envelope.isForged = true
      inject(heartbeat, envelope, to: other)
    }
  }
}

extension Heartbeat {
  fileprivate mutating func forge(_ forgery: World.Forgery, session other: UInt64) {
    switch forgery {
    case .sequence: sequence = .max
    case .term: for place in 0..<groups.count { groups[place].term = HeartbeatCodec.maximumTerm }
    case .deadtime: deadtime = HeartbeatCodec.longestDeadtime
    case .session:
      session = other
      deadtime = HeartbeatCodec.longestDeadtime
      echoes = FixedList(filler: Echo(node: .none, alive: false, session: 0, sequence: 0))
      for place in 0..<groups.count { groups[place].role = .owner }
    case .restart: flags.insert(.restarting)
    }
  }
}

/// What a third party has heard, as far back as it remembers.
struct Recording {
  typealias Word = (at: Instant, envelope: DatagramPool.Envelope, heartbeat: Heartbeat)

  /// Which word it is, without the word, which is long.
  private struct Mark: BitwiseCopyable {
    let at: Instant
    let sender: UInt8
    let session: UInt64
  }

  private static let room = 2048
  /// Of each former session so many words are played.
  private static let excerpt = 4
  private var heard: [Word] = []
  private var marks: [Mark] = []
  private var next = 0

  mutating func take(_ heartbeat: borrowing Heartbeat, envelope: DatagramPool.Envelope, at now: Instant) {
    let mark = Mark(at: now, sender: envelope.sender, session: heartbeat.session)
    if heard.count < Self.room {
      heard.append((now, envelope, copy heartbeat))
      marks.append(mark)
    } else {
      heard[next] = (now, envelope, copy heartbeat)
      marks[next] = mark
      next = (next + 1) % Self.room
    }
  }

  /// The places of some words, in the order in which they were said.
  private func places(where isWanted: (Mark) -> Bool) -> [Int] {
    var places: [Int] = []
    for step in 0..<marks.count {
      let place = (next + step) % marks.count
      if isWanted(marks[place]) { places.append(place) }
    }
    return places
  }

  /// What a host said between two instants, in order.
  func said(by host: Int, from: Instant, to: Instant) -> [Word] {
    places { Int($0.sender) == host && $0.at >= from && $0.at <= to }.map { heard[$0] }
  }

  func last(by host: Int) -> Word? {
    for step in (0..<marks.count).reversed() {
      let place = (next + step) % marks.count
      if Int(marks[place].sender) == host { return heard[place] }
    }
    return nil
  }

  /// The sessions speak by turns, each the last words that it said, one after the other and from the beginning again.
  func word(_ turn: Int, ofFormerSessionsOf host: Int, current: UInt64) -> Word? {
    let words = places { Int($0.sender) == host && $0.session != current }
    var sessions: [UInt64] = []
    for word in words where !sessions.contains(marks[word].session) { sessions.append(marks[word].session) }
    guard !sessions.isEmpty else { return nil }
    let session = sessions[turn % sessions.count]
    let excerpt = words.filter { marks[$0].session == session }.suffix(Self.excerpt)
    return heard[excerpt[excerpt.startIndex + turn / sessions.count % excerpt.count]]
  }
}
