import Lab
import FoundationEssentials

/// What one run of one fault gave: a line of the file that the document is made of.
struct Sample: Codable {
  var fault: Fault
  var contender: Contender
  var pace: Pace
  /// How many addresses were shared.
  var addresses: Int
  /// Whether every core was overloaded.
  var isLoaded: Bool
  /// Counts from 1.
  var run = 1
  /// When, as in ISO 8601.
  var day: String
  /// By name; the name ends in its unit.
  var values: [String: Double] = [:]
  /// Quantiles by name, at the places of ``Quantiles/places``.
  var quantiles: [String: [Double]] = [:]
  /// Why there are no values.
  var failure: String?

  /// A run of today that has given nothing yet.
  init(of test: Test) {
    fault = test.fault
    contender = test.contender
    pace = test.pace
    addresses = test.addresses
    isLoaded = test.isLoaded
    day = Machine.today()
  }

  /// What is repeated.
  var test: Test { Test(fault: fault, contender: contender, pace: pace, addresses: addresses, isLoaded: isLoaded) }

  /// One line of JSON.
  func line() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// The samples of a file; a line that cannot be read is an error.
  static func read(_ path: String) throws -> [Sample] {
    let decoder = JSONDecoder()
    return try contents(of: path).split(separator: "\n").map { line in
      do {
        return try decoder.decode(Sample.self, from: Data(line.utf8))
      } catch {
        throw BenchError("\(path): \(error): \(line.prefix(80))")
      }
    }
  }
}

/// Something that is done as often as wanted, with the same result but for chance.
struct Test: Hashable {
  let fault: Fault
  let contender: Contender
  let pace: Pace
  var addresses = 1
  var isLoaded = false

  /// The options of `vipagent-bench run` that do this and no more.
  var options: String {
    var words = "--faults \(fault.rawValue) --contenders \(contender.rawValue) --paces \(pace)"
    if fault == .addresses { words += " --addresses \(addresses)" }
    return words
  }
}

/// The distribution of many values in a few.
enum Quantiles {
  static let places: [Double] = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1]

  /// The smallest value that so many are not above; all 0 without values.
  static func of(_ values: [Double]) -> [Double] {
    let sorted = values.sorted()
    return places.map { place in
      sorted.isEmpty ? 0 : sorted[min(max(Int((place * Double(sorted.count)).rounded(.up)) - 1, 0), sorted.count - 1)]
    }
  }
}
