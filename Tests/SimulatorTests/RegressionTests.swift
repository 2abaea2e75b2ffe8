import Glibc
import Simulator
import Testing

/// Schedules that once broke a rule, each kept as the shrinker left it.
@Suite struct RegressionTests {
  static let folder =
    #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Simulator/Regressions"

  static var names: [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: entry.pointee.d_name) { start in
        start.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".schedule") { names.append(name) }
    }
    return names.sorted()
  }

  @Test func thereAreSome() { #expect(Self.names.count >= 8) }

  @Test(arguments: names)
  func isSound(name: String) throws {
    let text = try #require(Schedule.text(ofFile: Self.folder + "/" + name))
    let outcome = try Schedule(text: text).play(keepsJournal: true)
    #expect(outcome.violation == nil, "\(outcome.transcript ?? "")")
  }
}
