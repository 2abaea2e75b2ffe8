import Glibc
import Testing

@testable import Configuration
@testable import Support

/// The file that a configuration is in: what kind it is, who may write to it, and who can read it.
struct ConfigFileTests {
  private let text = "cluster = 1\n"

  /// What a file is refused for before its text is looked at; nil if it is looked at.
  private func refusal(_ path: String, as account: Account? = .current) -> ConfigDiagnostic? {
    let error = #expect(throws: ConfigError.self) { try LoadedConfiguration.load(path, as: account) }
    return error?.diagnostics.first { $0.position == nil }
  }

  /// Nobody writes to it, and nobody waits for that.
  @Test(.timeLimit(.minutes(1))) func aFIFOIsRefusedAndNotWaitedFor() throws {
    let directory = try TemporaryDirectory()
    let fifo = directory.path + "/config.toml"
    try #require(mkfifo(fifo, 0o600) == 0)
    #expect(refusal(fifo)?.message == "it is a FIFO, not a regular file")
    #expect(refusal(fifo, as: nil)?.message == "it is a FIFO, not a regular file")
  }

  @Test func whatIsTooLongIsRefused() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("config.toml", String(repeating: "#", count: 1 << 20 | 1))
    #expect(refusal(file)?.message == "read at most 1048576 bytes of \(file): EFBIG (File too large)")
  }

  @Test(arguments: [0o620, 0o602, 0o666, 0o664] as [mode_t])
  func aFileThatOthersMayWriteToIsRefused(_ mode: mode_t) throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("config.toml", text, mode: mode)
    let said =
      "mode is 0\(String(mode, radix: 8)): others than its owner may write to it, and decide what this host does"
    #expect(refusal(file) == ConfigDiagnostic(said, hint: "chmod go-w \(file)"))
    // The text alone is nobody's secret, and a checkout may be writable by a group.
    #expect(refusal(file, as: nil) == nil)
  }

  @Test(arguments: [0o600, 0o644, 0o444] as [mode_t])
  func aFileThatOthersMayReadIsRead(_ mode: mode_t) throws {
    let directory = try TemporaryDirectory()
    #expect(refusal(try directory.write("config.toml", text, mode: mode)) == nil)
  }

  @Test(.enabled(if: geteuid() == 0, "needs root: gives a file away"))
  func aFileOfAStrangerIsRefused() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("config.toml", text)
    try #require(chown(file, 4711, 0) == 0)
    #expect(refusal(file)?.message.hasPrefix("owner is user 4711: it must be root, or user ") == true)
    #expect(refusal(file)?.hint?.contains("chown root") == false)
  }
}

/// Judging by another user's eyes, with the kernel as the judge.
@Suite(.enabled(if: geteuid() == 0, "needs root: looks as another user"))
struct AccountTests {
  private let nobody = Account(named: "nobody")

  @Test func rootCanLookAsAnyUser() throws {
    #expect(Account.current.mayBeTried)
    #expect(try #require(nobody).mayBeTried)
    #expect(Account(named: "no-such-user") == nil)
  }

  @Test func whatOnlyRootCanReadTheUserCannot() throws {
    let directory = try TemporaryDirectory()
    try #require(chmod(directory.path, 0o755) == 0)
    let nobody = try #require(nobody)
    let file = try directory.write("config.toml", "cluster = 1\n", mode: 0o600)
    let closed = #expect(throws: ConfigError.self) { try LoadedConfiguration.load(file, as: nobody) }
    #expect(closed?.diagnostics.first?.message == "open \(file): EACCES (Permission denied)")
    #expect(closed?.diagnostics.first?.hint == "chmod o+r \(file)  # user nobody may not read it")
    try #require(chmod(file, 0o644) == 0)
    let read = #expect(throws: ConfigError.self) { try LoadedConfiguration.load(file, as: nobody) }
    #expect(read?.diagnostics.first?.position != nil)
    try #require(chmod(directory.path, 0o700) == 0)
    let folder = #expect(throws: ConfigError.self) { try LoadedConfiguration.load(file, as: nobody) }
    let hint = "chmod o+x \(directory.path)  # user nobody may not pass the folder"
    #expect(folder?.diagnostics.first?.hint == hint)
    // Root is itself again.
    #expect(try readFile(file, limit: 100).count == 12)
  }

  @Test func keysMustBeTheUsers() throws {
    let directory = try TemporaryDirectory()
    try #require(chmod(directory.path, 0o755) == 0)
    let nobody = try #require(nobody)
    let file = try directory.write(
      "keys", "auth 1\n1 hmac-sha256 \(String(repeating: "ab", count: 32))\n", mode: 0o600)
    let error = #expect(throws: KeyFileError.self) { try KeyRing.load(file, as: nobody) }
    #expect(error?.message == "open \(file): EACCES (Permission denied)")
    #expect(error?.hint?.contains("root") == false)
    try #require(chown(file, nobody.user, 0) == 0)
    #expect(try KeyRing.load(file, as: nobody).signing.id == 1)
  }
}
