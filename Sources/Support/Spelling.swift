/// Finds the word that was meant.
package enum Spelling {
  /// The candidate closest to `word`, if it is close enough to have been meant: a third of its letters may differ.
  package static func closest(to word: String, among candidates: some Sequence<String>) -> String? {
    let limit = max(1, min(word.utf8.count, 24) / 3)
    return
      candidates
      .filter { abs($0.utf8.count - word.utf8.count) <= limit }
      .map { (word: $0, distance: distance(from: word.lowercased(), to: $0.lowercased())) }
      .filter { $0.distance <= limit }
      .min { $0.distance < $1.distance }?.word
  }

  /// Levenshtein's distance, with two neighbours exchanged counting as one change.
  static func distance(from first: String, to second: String) -> Int {
    let first = Array(first.utf8)
    let second = Array(second.utf8)
    var beforeLast: [Int] = []
    var last = Array(0...second.count)
    for row in first.indices {
      var current = [row + 1]
      for column in second.indices {
        var best = min(last[column + 1], current[column]) + 1
        best = min(best, last[column] + (first[row] == second[column] ? 0 : 1))
        if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      (beforeLast, last) = (last, current)
    }
    return last[second.count]
  }
}
