import Foundation
import Testing

@testable import Support

/// The targets and who imports whom, read off the sources and held against the picture in ARCHITECTURE.md.
@Suite struct ModuleGraphTests {
  /// By target of `Sources`: the targets of `Sources` that its files import.
  private static func graph() throws -> [String: Set<String>] {
    let folder = repositoryPath("Sources")
    let targets = try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
    var graph: [String: Set<String>] = [:]
    for target in targets {
      let lines = try sources(of: target).flatMap { $0.split(separator: "\n") }
      let imports = lines.filter { $0.hasPrefix("import ") }.map { String($0.dropFirst("import ".count)) }
      graph[target] = Set(imports).intersection(targets)
    }
    return graph
  }

  private static func sources(of target: String) throws -> [String] {
    let folder = repositoryPath("Sources/\(target)")
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return try names.filter { $0.hasSuffix(".swift") }.map {
      String(decoding: try readFile("\(folder)/\($0)", limit: 1 << 20), as: UTF8.self)
    }
  }

  /// The rows of the table: a target, what it is, what it imports.
  private static func table() throws -> [String: (what: String, imports: Set<String>)] {
    let text = String(decoding: try readFile(repositoryPath("ARCHITECTURE.md"), limit: 1 << 20), as: UTF8.self)
    var table: [String: (what: String, imports: Set<String>)] = [:]
    for line in text.split(separator: "\n") where line.hasPrefix("| `Sources/") {
      let columns = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      let names = columns[0].split(separator: "`").filter { $0.hasPrefix("Sources/") }.map {
        $0.dropFirst("Sources/".count)
      }
      let imports =
        columns.count > 2 ? columns[2].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } : []
      for name in names { table[String(name)] = (columns[1], Set(imports)) }
    }
    return table
  }

  @Test func thePictureIsTrue() throws {
    let graph = try Self.graph()
    let table = try Self.table()
    #expect(Set(graph.keys) == Set(table.keys))
    for (target, imports) in graph {
      #expect(table[target]?.imports == imports, "\(target)")
      #expect(table[target]?.what.isEmpty == false, "\(target)")
    }
  }

  @Test func nothingImportsWhatImportsIt() throws {
    let graph = try Self.graph()
    var left = graph
    while let next = left.first(where: { $0.value.isDisjoint(with: left.keys) }) { left[next.key] = nil }
    #expect(left.isEmpty, "these are in a circle, or above one: \(left.keys.sorted())")
  }

  /// Everything that starts a program is in the lab: what the agent does not link it cannot do.
  @Test func theAgentLinksNothingThatStartsPrograms() throws {
    let graph = try Self.graph()
    var linked: Set = ["VIPAgent"]
    while true {
      let more = linked.union(linked.flatMap { graph[$0] ?? [] })
      if more == linked { break }
      linked = more
    }
    #expect(linked.contains("Heartbeats"))
    #expect(linked.isDisjoint(with: ["Lab", "Demonstration"]))
  }

  /// A target of that many lines is more than one idea.
  @Test func noTargetIsTooLarge() throws {
    for target in try Self.graph().keys where !["TakeoverCore", "Agent", "Log"].contains(target) {
      let lines = try Self.sources(of: target).map { $0.split(separator: "\n", omittingEmptySubsequences: false).count }
      #expect(lines.reduce(0, +) < 2_500, "\(target)")
    }
  }
}
