import Glibc
import Lab
import Linux

/// The documents and manual pages as they are installed below a folder, and what in them leads nowhere.
struct InstalledDocuments {
  /// The folder that stands for `/`.
  let root: String

  /// Each link of a document and each path that a document or manual page names and that is not there.
  func deadEnds() throws -> [String] {
    let documents = try files(below: "/usr/share/doc/vipagent").filter { $0.hasSuffix(".md") }
    let pages = try files(below: "/usr/share/man").filter { $0.contains("/vipagent") }
    let units = try files(below: "/lib/systemd/system")
    return try documents.flatMap(deadLinks) + (documents + pages + units).flatMap(missingPaths)
  }

  /// Paths as they are on a host.
  func files(below folder: String) throws -> [String] {
    guard let stream = opendir(root + folder) else { return [] }
    defer { closedir(stream) }
    var found: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name == "." || name == ".." { continue }
      let path = "\(folder)/\(name)"
      found += Int32(entry.pointee.d_type) == DT_DIR ? try files(below: path) : [path]
    }
    return found.sorted()
  }

  // MARK: - Links

  /// The relative links of a document, with their anchors.
  private func deadLinks(in document: String) throws -> [String] {
    let folder = document.split(separator: "/").dropLast().map { "/\($0)" }.joined()
    return try contents(of: root + document).matches(of: /\]\(([^)\s]+)\)/).compactMap { match in
      let link = match.output.1
      if link.contains("://") { return nil }
      let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      let target = parts[0].isEmpty ? document : "\(folder)/\(parts[0])"
      guard access(root + target, R_OK) == 0 else { return "\(document): \(link): no such file" }
      guard parts.count == 2, try !anchors(of: target).contains(String(parts[1])) else { return nil }
      return "\(document): \(link): no such heading"
    }
  }

  /// What a renderer makes of the headings: small letters, hyphens for blanks, nothing for other marks.
  private func anchors(of document: String) throws -> [String] {
    try contents(of: root + document).matches(of: /(?m)^#+ (.+)$/).map { match in
      let kept = match.output.1.lowercased().filter {
        $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_"
      }
      return kept.replacing(" ", with: "-")
    }
  }

  // MARK: - Paths

  /// Whether there is more than the documents: the program and the service.
  private var isWhole: Bool { access("\(root)/usr/sbin/vipagent", X_OK) == 0 }

  /// Paths of the package, and documents named by their place in its folder.
  private func missingPaths(in document: String) throws -> [String] {
    let text = try text(of: document)
    let packaged = text.matches(of: /\/usr\/share\/doc\/vipagent[\w.\/-]*/).map { String($0.output) }
    let others = text.matches(of: /[\s`("](\/(?:usr|lib)\/[\w.\/-]*vipagent[\w.\/-]*)/).map { String($0.output.1) }
    let named = text.matches(of: /\bdocs\/[\w.\/-]+\.md/).map { "/usr/share/doc/vipagent/\($0.output)" }
    return (packaged + named + (isWhole ? others : [])).map(withoutFullStop).filter { access(root + $0, R_OK) != 0 }.map
    {
      "\(document): \($0): no such file"
    }
  }

  private func withoutFullStop(_ path: String) -> String { path.hasSuffix(".") ? String(path.dropLast()) : path }

  /// The text of a document or page. A compressed page is not read: the same text is below ``root`` of `make install-files`.
  private func text(of document: String) throws -> String {
    document.hasSuffix(".gz") ? "" : try contents(of: root + document).replacing("\\-", with: "-")
  }
}
