import Glibc
import Simulator
import Testing

@testable import Support

/// A file of Tests/Stories: what it says in words, the schedule that is played, and the timeline that comes of it.
struct Story: Sendable, CustomTestStringConvertible {
  static let folder = repositoryPath("Tests/Stories")

  /// The file's name without its ending.
  let name: String
  /// Everything above the timeline.
  let head: String
  /// The line `timeline` and all below it.
  let timeline: String

  var path: String { "\(Self.folder)/\(name).txt" }
  var testDescription: String { name }
  var text: String { head + timeline }

  /// The first line, without its sign.
  var title: String {
    String(head.prefix { $0 != "\n" }.drop { $0 == "#" || $0 == " " })
  }

  init(name: String) throws {
    self.name = name
    let text = String(decoding: try readFile("\(Self.folder)/\(name).txt", limit: 1 << 20), as: UTF8.self)
    let above = text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0 != "timeline" }
    head = above.joined(separator: "\n").trimmed + "\n\n"
    timeline = String(text.dropFirst(above.joined(separator: "\n").count + 1))
  }

  /// All of them, by name.
  static let names: [String] = {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".txt") { names.append(String(name.dropLast(4))) }
    }
    return names.sorted()
  }()

  static var isAccepting: Bool { getenv("VIPAGENT_ACCEPT") != nil }

  static func write(_ text: String, to path: String) throws {
    let file = try #require(fopen(path, "w"), "\(path) cannot be written")
    defer { fclose(file) }
    let bytes = Array(text.utf8)
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
  }
}

/// A path from the top of the repository.
func repositoryPath(_ path: String, file: String = #filePath) -> String {
  file.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/") + "/" + path
}

extension String {
  /// Without empty lines at the end.
  fileprivate var trimmed: String { String(reversed().drop { $0 == "\n" }.reversed()) }
}
