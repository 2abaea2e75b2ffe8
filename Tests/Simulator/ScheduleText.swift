import Glibc
import TakeoverCore

/// Schedules as text: a few lines for the cluster, then one line a fault. Nodes and groups are numbered from 1; `#` begins a
/// comment, and nothing is read from a line `timeline` on, so that a story can be played as it is.
extension Schedule {
  /// What cannot be read of a schedule's text, and where.
  package struct Unreadable: Error, CustomStringConvertible {
    package let line: Int
    package let problem: String
    package var description: String { "line \(line): \(problem)" }
  }

  /// What a file says; nil if it cannot be read.
  package static func text(ofFile path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk.prefix(count) }
    return String(decoding: bytes, as: UTF8.self)
  }

  package var text: String {
    var lines = ["seed \(seed)", "nodes \(nodes)"]
    lines.append(
      "times keepalive \(keepalive.text) warntime \(warntime.text) deadtime \(deadtime.text) initdead \(initdead.text)")
    for group in groups {
      let preferred = group.preferred.map { String($0 + 1) }.joined(separator: ",")
      lines.append(
        "group preferred \(preferred) failback \(group.autoFailback ? "on" : "off") after \(group.failbackDelay.text) "
          + "lease \(group.lease?.text ?? "off") conflict \(group.asksFirst ? "wait" : "claim")"
          + (group.isLarge ? " large" : ""))
    }
    lines.append("network delay \(delay.text) loopback \(isLoopback ? "on" : "off")")
    lines.append("kernel add \(adding.text) remove \(removing.text)")
    lines.append("drift \(drifts.map(String.init).joined(separator: ","))")
    lines.append("starts \(starts.map(\.text).joined(separator: ","))")
    for fault in faults { lines.append("at \(fault.text)") }
    return lines.joined(separator: "\n") + "\n"
  }

  package init(text: String) throws(Unreadable) {
    self.init(seed: 0, nodes: 2)
    groups = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line == "timeline" { break }
      let words = (line.split(separator: "#", omittingEmptySubsequences: false).first ?? "").split(separator: " ").map(
        String.init)
      guard !words.isEmpty else { continue }
      var reader = WordReader(words: words, line: number + 1)
      try take(&reader)
    }
    guard !groups.isEmpty, drifts.count == nodes, starts.count == nodes,
      groups.allSatisfy({ $0.preferred.sorted() == Array(0..<nodes) })
    else { throw Unreadable(line: 0, problem: "nodes, groups, drifts and starts do not go together") }
  }

  private mutating func take(_ reader: inout WordReader) throws(Unreadable) {
    switch try reader.word() {
    case "seed": seed = UInt64(bitPattern: try reader.number())
    case "nodes": nodes = Int(try reader.number(in: 1...16))
    case "times":
      keepalive = try reader.interval(after: "keepalive")
      warntime = try reader.interval(after: "warntime")
      deadtime = try reader.interval(after: "deadtime")
      initdead = try reader.interval(after: "initdead")
    case "group": groups.append(try Group(&reader))
    case "network":
      delay = try reader.range(after: "delay")
      isLoopback = try reader.word(after: "loopback") == "on"
    case "kernel":
      adding = try reader.range(after: "add")
      removing = try reader.range(after: "remove")
    case "drift": drifts = try reader.list().map { Int64($0) ?? 0 }
    case "starts":
      starts = []
      for word in try reader.list() { starts.append(try reader.interval(of: word)) }
    case "at": faults.append(try Fault(&reader))
    case let other: throw reader.failure("unknown word \(other)")
    }
    try reader.finish()
  }
}

extension Schedule.Group {
  fileprivate init(_ reader: inout WordReader) throws(Schedule.Unreadable) {
    let order = try reader.word(after: "preferred").split(separator: ",").compactMap { Int($0).map { $0 - 1 } }
    self.init(preferred: order)
    autoFailback = try reader.word(after: "failback") == "on"
    failbackDelay = try reader.interval(after: "after")
    let lease = try reader.word(after: "lease")
    self.lease = lease == "off" ? nil : try reader.interval(of: lease)
    asksFirst = try reader.word(after: "conflict") == "wait"
    isLarge = reader.passes("large")
  }
}

extension Fault {
  package var text: String {
    var words = [at.text, kind.rawValue]
    if kind.hasHost { words.append(String(host + 1)) }
    if kind.isOfNetwork { words.append(Self.list(from) + (isBothWays ? "<>" : ">") + Self.list(to)) }
    if kind.hasGroup { words += ["group", String(group + 1)] }
    if kind.hasAmount { words += ["by", kind.isAmountATime ? Interval(nanoseconds: amount).text : String(amount)] }
    if kind.hasDuration { words += ["for", duration.text] }
    return words.joined(separator: " ")
  }

  fileprivate init(_ reader: inout WordReader) throws(Schedule.Unreadable) {
    let at = try reader.interval(of: try reader.word())
    let name = try reader.word()
    guard let kind = Kind(rawValue: name) else { throw reader.failure("no fault is called \(name)") }
    self.init(kind, at: at)
    if kind.hasHost { host = Int(try reader.number(in: 1...16)) - 1 }
    if kind.isOfNetwork { try takePath(&reader) }
    if kind.hasGroup { group = Int(try reader.number(after: "group", in: 1...32)) - 1 }
    if kind.hasAmount {
      let word = try reader.word(after: "by")
      amount = kind.isAmountATime ? try reader.interval(of: word).nanoseconds : Int64(word) ?? 0
    }
    if kind.hasDuration { duration = try reader.interval(after: "for") }
  }

  private mutating func takePath(_ reader: inout WordReader) throws(Schedule.Unreadable) {
    let word = try reader.word()
    let ends = word.split(whereSeparator: { $0 == "<" || $0 == ">" })
    guard ends.count == 2, word.contains(">") else { throw reader.failure("\(word) is no path such as 1>2 or 1<>2,3") }
    isBothWays = word.contains("<")
    from = Self.mask(ends[0])
    to = Self.mask(ends[1])
  }

  private static func list(_ mask: UInt16) -> String {
    var numbers: [String] = []
    for host in 0..<16 where mask >> UInt16(host) & 1 == 1 { numbers.append(String(host + 1)) }
    return numbers.joined(separator: ",")
  }

  private static func mask(_ list: Substring) -> UInt16 {
    var mask: UInt16 = 0
    for word in list.split(separator: ",") {
      if let number = Int(word), (1...16).contains(number) { mask |= 1 << UInt16(number - 1) }
    }
    return mask
  }
}

extension Schedule.Range {
  fileprivate var text: String { "\(least.text)..\(most.text)" }
}

extension Interval {
  /// The shortest exact form with one unit.
  var text: String {
    let units: [(name: String, length: Int64)] = [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000)]
    for unit in units where nanoseconds % unit.length == 0 { return "\(nanoseconds / unit.length)\(unit.name)" }
    return "\(nanoseconds)ns"
  }
}

/// The words of one line.
private struct WordReader {
  var words: [String]
  let line: Int
  private var place = 0

  init(words: [String], line: Int) {
    self.words = words
    self.line = line
  }

  func failure(_ problem: String) -> Schedule.Unreadable { Schedule.Unreadable(line: line, problem: problem) }

  mutating func word() throws(Schedule.Unreadable) -> String {
    guard place < words.count else { throw failure("something is missing at its end") }
    place += 1
    return words[place - 1]
  }

  mutating func word(after name: String) throws(Schedule.Unreadable) -> String {
    let found = try word()
    guard found == name else { throw failure("\(name) should stand where \(found) does") }
    return try word()
  }

  mutating func number(in range: ClosedRange<Int64> = .min ... .max) throws(Schedule.Unreadable) -> Int64 {
    let word = try word()
    let number = Int64(word) ?? UInt64(word).map { Int64(bitPattern: $0) }
    guard let number, range.contains(number) else { throw failure("\(word) is no number that can stand here") }
    return number
  }

  /// Whether this word comes next; if so, it is behind us.
  mutating func passes(_ name: String) -> Bool {
    guard words[place...].first == name else { return false }
    place += 1
    return true
  }

  mutating func number(after name: String, in range: ClosedRange<Int64>) throws(Schedule.Unreadable) -> Int64 {
    _ = passes(name)
    return try number(in: range)
  }

  mutating func list() throws(Schedule.Unreadable) -> [String] {
    try word().split(separator: ",").map(String.init)
  }

  mutating func interval(after name: String) throws(Schedule.Unreadable) -> Interval {
    try interval(of: try word(after: name))
  }

  func interval(of word: String) throws(Schedule.Unreadable) -> Interval {
    let digits = word.prefix { $0.isNumber }
    let units: [String: Int64] = ["s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1]
    guard let count = Int64(digits), let unit = units[String(word.dropFirst(digits.count))],
      !count.multipliedReportingOverflow(by: unit).overflow
    else { throw failure("\(word) is no time such as 300ms") }
    return Interval(nanoseconds: count * unit)
  }

  mutating func range(after name: String) throws(Schedule.Unreadable) -> Schedule.Range {
    let word = try word(after: name)
    guard let dots = word.range(of: "..") else { throw failure("\(word) is no range such as 1ms..2ms") }
    return Schedule.Range(
      try interval(of: String(word[..<dots.lowerBound])), try interval(of: String(word[dots.upperBound...])))
  }

  func finish() throws(Schedule.Unreadable) {
    if place < words.count { throw failure("\(words[place]) is one word too many") }
  }
}

extension String {
  fileprivate func range(of separator: String) -> Swift.Range<String.Index>? { ranges(of: separator).first }
}
