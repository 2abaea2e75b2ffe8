import TakeoverCore

/// Puts packets together that came in pieces (RFC 791 §3.2): a heartbeat about many groups is longer than most networks carry
/// at once. What strangers send costs bounded memory.
package struct WireFragments {
  private struct Pile {
    package let source: IPv4Number
    package let identification: Int
    package var pieces: [(offset: Int, bytes: [UInt8])] = []
    /// Where the last piece ends; nil before it has come.
    package var length: Int?

    /// All of it; nil while something is missing, or where pieces lie over each other.
    package var whole: [UInt8]? {
      var bytes: [UInt8] = []
      for piece in pieces.sorted(by: { $0.offset < $1.offset }) {
        guard piece.offset == bytes.count else { return nil }
        bytes += piece.bytes
      }
      return bytes.count == length ? bytes : nil
    }
  }

  /// So many packets at once, of so many pieces, and so many bytes each: more than a heartbeat has.
  private static let mostPiles = 16, mostPieces = 64, mostBytes = 4_096

  private var piles: [Pile] = []

  package init() {}

  /// Takes a piece.
  /// - Returns: the packet's bytes if they are whole now.
  package mutating func add(_ piece: WireFrame.Packet) -> [UInt8]? {
    if piece.isWhole { return Array(piece.bytes) }
    guard piece.offset + piece.bytes.count <= Self.mostBytes, !piece.bytes.isEmpty else { return nil }
    var pile =
      take(piece.source, piece.identification) ?? Pile(source: piece.source, identification: piece.identification)
    guard pile.pieces.count < Self.mostPieces else { return nil }
    pile.pieces.append((piece.offset, Array(piece.bytes)))
    if !piece.hasMore { pile.length = piece.offset + piece.bytes.count }
    if let whole = pile.whole { return whole }
    if piles.count >= Self.mostPiles { piles.removeFirst() }
    piles.append(pile)
    return nil
  }

  private mutating func take(_ source: IPv4Number, _ identification: Int) -> Pile? {
    let place = piles.firstIndex { $0.source == source && $0.identification == identification }
    return place.map { piles.remove(at: $0) }
  }
}
