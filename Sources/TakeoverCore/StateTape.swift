/// A state as a row of numbers, and back: what a model checker compares, stores and goes on from.
///
/// Two situations that only differ in what can no longer matter get the same row. Instants are told from now on, in whole
/// units; what lies so far behind that nobody can tell it from yesterday is all one. Of sequence numbers only the order
/// within their session counts, of terms only the distances, unless somebody may still join who begins at 0.
///
/// One listing of the fields serves both ways: every method takes what is there and returns what is to be there, which
/// is the same while writing and comes from the row while reading.
package struct StateTape {
  private enum Kind: UInt8 { case plain, instant, sequence, term }

  private struct Cell {
    var kind: Kind
    var value: Int64
    var session: UInt64 = 0
  }

  /// Whether the row is being read.
  package let isReading: Bool
  /// The present; instants are relative to it.
  package let now: Instant
  /// Instants are rounded up to multiples of this, counted from now.
  package let unit: Interval
  /// In units from now: instants before it are all the same to whoever only asks whether they have passed.
  package var floor: Int64 = -1
  /// Nobody joins any more who has never heard of a term: the beginning of the terms does not matter.
  package var forgetsFirstTerms = false
  private var cells: [Cell] = []
  private var bytes: [UInt8] = []
  private var place = 0

  /// Writes.
  package init(writingAt now: Instant, unit: Interval) {
    isReading = false
    self.now = now
    self.unit = unit
    cells.reserveCapacity(512)
  }

  /// Reads a row back as if it had been written now.
  package init(reading bytes: [UInt8], at now: Instant, unit: Interval) {
    isReading = true
    self.now = now
    self.unit = unit
    self.bytes = bytes
  }

  // MARK: - Fields

  /// A number that is nothing but itself.
  package mutating func plain(_ value: Int64) -> Int64 { pass(Cell(kind: .plain, value: value)) }

  package mutating func plain(_ value: UInt64) -> UInt64 {
    UInt64(bitPattern: plain(Int64(bitPattern: value)))
  }

  package mutating func plain(_ value: UInt8) -> UInt8 { UInt8(truncatingIfNeeded: plain(Int64(value))) }

  package mutating func plain(_ value: Int) -> Int { Int(plain(Int64(value))) }

  package mutating func plain(_ value: Bool) -> Bool { plain(value ? 1 as Int64 : 0) != 0 }

  package mutating func plain(_ value: Interval) -> Interval { Interval(nanoseconds: plain(value.nanoseconds)) }

  /// A number of a heartbeat in its session; 0 is none.
  package mutating func sequence(_ value: UInt64, of session: UInt64) -> UInt64 {
    UInt64(pass(Cell(kind: .sequence, value: Int64(value), session: session)))
  }

  /// A term, unless it can no longer matter.
  package mutating func term(_ value: UInt64, matters: Bool = true) -> UInt64 {
    guard matters else { return 0 }
    return UInt64(pass(Cell(kind: .term, value: Int64(value))))
  }

  /// A term that somebody has said; 0 is none.
  package mutating func saidTerm(_ value: UInt64) -> UInt64 {
    UInt64(pass(Cell(kind: value == 0 ? .plain : .term, value: Int64(value))))
  }

  /// An instant of which every distance counts.
  package mutating func instant(_ value: Instant, matters: Bool = true) -> Instant {
    guard matters else { return .never }
    return pass(value, notBefore: .min)
  }

  /// An instant of which only counts whether it has passed, or for how long up to `memory`.
  package mutating func milestone(_ value: Instant, memory: Interval = .zero, matters: Bool = true) -> Instant {
    guard matters else { return .never }
    return pass(value, notBefore: floor - memory.nanoseconds / unit.nanoseconds)
  }

  private mutating func pass(_ value: Instant, notBefore floor: Int64) -> Instant {
    let units = pass(Cell(kind: .instant, value: value == .never ? .max : max(floor, units(until: value))))
    return units == .max ? .never : now + unit * units
  }

  /// Rounded up: a deadline is not kept too early.
  package func units(until instant: Instant) -> Int64 {
    let distance = (instant - now).nanoseconds
    let (whole, rest) = distance.quotientAndRemainder(dividingBy: unit.nanoseconds)
    return rest > 0 ? whole + 1 : whole
  }

  // MARK: - The row

  private mutating func pass(_ cell: Cell) -> Int64 {
    guard isReading else {
      cells.append(cell)
      return cell.value
    }
    let number = take()
    if cell.kind == .instant {
      guard number != 0 else { return .max }
      return unzigzag(number - 1)
    }
    return unzigzag(number)
  }

  /// The row, in its canonical form.
  package mutating func row() -> [UInt8] {
    if forgetsFirstTerms { shiftTerms() }
    rankSequences()
    bytes.removeAll()
    bytes.reserveCapacity(cells.count * 2)
    for cell in cells {
      switch cell.kind {
      case .instant: put(cell.value == .max ? 0 : zigzag(cell.value) + 1)
      case .plain, .sequence, .term: put(zigzag(cell.value))
      }
    }
    return bytes
  }

  /// A claim takes the highest term plus one, so distances count and the beginning does not.
  private mutating func shiftTerms() {
    var least = Int64.max
    for cell in cells where cell.kind == .term { least = min(least, cell.value) }
    guard least > 1 else { return }
    for place in cells.indices where cells[place].kind == .term { cells[place].value -= least - 1 }
  }

  /// The next number is always above all others of its session, so the order counts and the distances do not.
  private mutating func rankSequences() {
    let places = cells.indices.filter { cells[$0].kind == .sequence && cells[$0].value != 0 }.sorted {
      (cells[$0].session, cells[$0].value) < (cells[$1].session, cells[$1].value)
    }
    var session: UInt64 = 0
    var former: Int64 = 0
    var rank: Int64 = 0
    for place in places {
      if cells[place].session != session { (session, former, rank) = (cells[place].session, 0, 0) }
      if cells[place].value != former { (former, rank) = (cells[place].value, rank + 1) }
      cells[place].value = rank
    }
  }

  private func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value << 1) ^ (value >> 63)) }

  private func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }

  private mutating func put(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func take() -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { break }
      shift += 7
    }
    return value
  }
}
