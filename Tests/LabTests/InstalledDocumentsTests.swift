import Glibc
import Lab
import Linux
import Testing

/// What `make install` and the package put beside the program; `SystemdTests` looks at the package itself.
@Suite(.needsRoot, .timeLimit(.minutes(1)))
struct InstalledDocumentsTests {
  private func withInstallation(_ body: (InstalledDocuments) throws -> Void) throws {
    try withLab { lab in
      let folder = try TemporaryFolder("vipagent-installation")
      let builder = try lab.bootHost("builder", "192.0.2.1/24")
      let make = try builder.start(
        "/usr/bin/make",
        ["-C", repositoryPath("."), "install-files", "DESTDIR=\(folder.path)", "PREFIX=/usr"],
        environment: ["PATH": "/usr/bin:/bin"])
      #expect(make.waitForExit(timeout: .seconds(30)) == .code(0), "\(make.lines.map(\.text))")
      try body(InstalledDocuments(root: folder.path))
    }
  }

  @Test func everyLinkLeadsSomewhere() throws {
    try withInstallation { documents in
      #expect(try documents.files(below: "/usr/share/doc/vipagent").count > 40)
      #expect(try documents.files(below: "/usr/share/man").count == 3)
      let deadEnds = try documents.deadEnds()
      #expect(deadEnds.isEmpty, "\(deadEnds.joined(separator: "\n"))")
    }
  }

  /// Paths of the sources that a document names for who reads them.
  @Test func everyPathOfTheSourcesIsThere() throws {
    let documents = InstalledDocuments(root: repositoryPath(""))
    let top = ["README", "ARCHITECTURE", "CONTRIBUTING", "SECURITY"].map { "/\($0).md" }
    for document in try top + documents.files(below: "/docs") where document.hasSuffix(".md") {
      for match in try contents(of: repositoryPath(document)).matches(
        of: /`((?:Sources|Tests|packaging|debian)\/[\w.\/+-]+)`/)
      {
        #expect(access(repositoryPath(String(match.output.1)), R_OK) == 0, "\(document): \(match.output.1)")
      }
    }
  }
}
