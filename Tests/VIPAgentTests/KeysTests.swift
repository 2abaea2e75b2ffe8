import CLinux
import Glibc
import Testing

@testable import Configuration
@testable import Support

/// A directory that goes with its owner.
struct TemporaryDirectory: ~Copyable {
  let path: String

  init() throws {
    var template = Array("/tmp/vipagent-keys.XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    path = String(cString: made)
  }

  func write(_ name: String, _ text: String, mode: mode_t = 0o600) throws -> String {
    let file = "\(path)/\(name)"
    let raw = open(file, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    try #require(raw >= 0)
    defer { close(raw) }
    let bytes = Array(text.utf8)
    try #require(Glibc.write(raw, bytes, bytes.count) == bytes.count)
    try #require(fchmod(raw, mode) == 0)
    return file
  }

  var names: [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  deinit {
    for name in names {
      unlink("\(path)/\(name)")
      rmdir("\(path)/\(name)")
    }
    rmdir(path)
  }
}

private let ab = String(repeating: "ab", count: 32)
private let cd = String(repeating: "Cd", count: 64)

struct KeyFileParserTests {
  private func parse(_ text: String) throws(KeyFileError) -> KeyRing {
    try KeyFileParser.parse(Array(text.utf8), file: "keys")
  }

  @Test func theKeyThatSignsIsChosenAmongThoseThatVerify() throws {
    let text =
      "# vipagent key file\n\nauth 2\n1 hmac-sha256 \(ab)\r\n  # old\n\t255\thmac-sha256  \(ab)\n2 hmac-sha256 \(cd)"
    let ring = try parse(text)
    #expect(ring.signing == Key(id: 2, secret: [UInt8](repeating: 0xcd, count: 64)))
    #expect(ring.keys.map(\.id) == [1, 255, 2])
    #expect(ring.keys[0] == Key(id: 1, secret: [UInt8](repeating: 0xab, count: 32)))
    #expect(try parse("1 hmac-sha256 \(ab)\nauth 1").signing.id == 1)
  }

  @Test(arguments: [
    ("", "keys: error: no line `auth`\n  hint: name the key that signs: auth 1"),
    ("7 hmac-sha256 \(ab)", "keys: error: no line `auth`\n  hint: name the key that signs: auth 7"),
    ("auth 1", "keys:1: error: there is no key 1"),
    ("3 hmac-sha256 \(ab)\nauth 1", "keys:2: error: there is no key 1\n  hint: the file has key 3"),
    ("auth\n", "keys:1: error: `auth` takes the number of one key, 1...255\n  hint: write auth 1"),
    ("auth 0", "keys:1: error: `auth` takes the number of one key, 1...255\n  hint: write auth 1"),
    ("auth 256", "keys:1: error: `auth` takes the number of one key, 1...255\n  hint: write auth 1"),
    ("auth 1 2", "keys:1: error: `auth` takes the number of one key, 1...255\n  hint: write auth 1"),
    ("auth 1\n#\nauth 2", "keys:3: error: `auth` stands in line 1 already\n  hint: only one key signs"),
    ("1 md5 \(ab)", "keys:1: error: the method of key 1 is not hmac-sha256\n  hint: no other method is supported"),
    (
      "auth 1\n1 hmac-sha256 \(ab)\n1 hmac-sha256 \(ab)",
      "keys:3: error: there is a key 1 already\n  hint: give each key a number of its own"
    ),
  ])
  func rulesAreNamedWithTheirLines(_ text: String, _ said: String) {
    let error = #expect(throws: KeyFileError.self) { try parse(text) }
    #expect(error?.description == said)
  }

  @Test(arguments: [
    "1 hmac-sha256 \(ab.dropLast(2))", "1 hmac-sha256 \(ab)a", "1 hmac-sha256 \(cd)00",
    "1 hmac-sha256 \(ab.dropLast())g",
  ])
  func secretsOfTheWrongLengthAreRefused(_ text: String) {
    let error = #expect(throws: KeyFileError.self) { try parse(text) }
    #expect(error?.message == "key 1 is not 32...64 bytes in hex (64...128 digits)")
  }

  @Test(arguments: [
    "1", "hmac-sha256", "1 \(ab)", "0 hmac-sha256 \(ab)", "-1 hmac-sha256 \(ab)", "1 hmac-sha256 \(ab) x", ab, "\0",
  ])
  func otherLinesAreRefused(_ text: String) {
    let error = #expect(throws: KeyFileError.self) { try parse(text) }
    #expect(error?.message == "neither `auth`, nor a key: a number (1...255), hmac-sha256 and hex digits")
  }

  @Test func secretsAreNeverShown() throws {
    let ring = try parse("auth 1\n1 hmac-sha256 \(ab)")
    var dumped = ""
    dump(ring, to: &dumped)
    for text in ["\(ring)", String(reflecting: ring), dumped] {
      #expect(!text.contains("171") && !text.contains("abab"))
    }
    for text in [
      "1 \(ab) hmac-sha256", "\(ab) hmac-sha256 1", "1 hmac-sha256 \(ab)ab-", "auth \(ab)",
      "1 hmac-sha256  \(ab) \(ab)",
    ] {
      let error = #expect(throws: KeyFileError.self) { try parse(text) }
      #expect(error?.description.contains("abab") == false)
    }
  }

  @Test func everyTruncationIsAcceptedOrRefused() {
    let text = Array("# é\nauth 1\n1 hmac-sha256 \(ab)\n12 hmac-sha256 \(cd)\n".utf8)
    let accepted = (0...text.count).filter { (try? KeyFileParser.parse(Array(text[..<$0]), file: "keys")) != nil }
    // Only between the end of a key, or a comment's, and the beginning of the next line's first word.
    #expect(accepted.contains(text.count) && accepted.contains(text.count - 1) && !accepted.contains(text.count - 80))
  }
}

struct KeyFileTests {
  @Test func filesThatOthersCanReadAreRefused() throws {
    let directory = try TemporaryDirectory()
    for mode: mode_t in [0o640, 0o604, 0o620, 0o601, 0o777] {
      let file = try directory.write("keys-\(mode)", "auth 1\n1 hmac-sha256 \(ab)\n", mode: mode)
      let error = #expect(throws: KeyFileError.self) { try KeyRing.load(file) }
      let said = "mode is 0\(String(mode, radix: 8)): its group or others have access to the keys"
      #expect(error == KeyFileError(file, said, hint: "chmod 600 \(file)"))
    }
    let right = try directory.write("keys", "auth 1\n1 hmac-sha256 \(ab)\n", mode: 0o400)
    #expect(try KeyRing.load(right).signing.id == 1)
  }

  @Test(.enabled(if: geteuid() == 0, "needs root: gives a file away"))
  func filesOfAnotherUserAreRefused() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("keys", "auth 1\n1 hmac-sha256 \(ab)\n")
    try #require(chown(file, 4711, 0) == 0)
    let error = #expect(throws: KeyFileError.self) { try KeyRing.load(file) }
    #expect(error?.message.hasPrefix("owner is user 4711: it must be root, or user ") == true)
    #expect(error?.hint?.contains("chown root") == false && error?.hint?.contains("chown 0") == false)
  }

  @Test func onlyRegularFilesAreRead() throws {
    let directory = try TemporaryDirectory()
    let fifo = directory.path + "/fifo"
    try #require(mkfifo(fifo, 0o600) == 0)
    let endless = #expect(throws: KeyFileError.self) { try KeyRing.load(fifo) }
    #expect(endless == KeyFileError(fifo, "it is a FIFO, not a regular file"))
    let error = #expect(throws: KeyFileError.self) { try KeyRing.load(directory.path) }
    #expect(error == KeyFileError(directory.path, "it is a directory, not a regular file"))
    let missing = #expect(throws: KeyFileError.self) { try KeyRing.load(directory.path + "/no") }
    #expect(missing?.message == "open \(directory.path)/no: ENOENT (No such file or directory)")
    #expect(missing?.hint?.contains("vipagent keygen") == true)
    let large = try directory.write("large", String(repeating: "#", count: 70_000))
    let tooLarge = #expect(throws: KeyFileError.self) { try KeyRing.load(large) }
    #expect(tooLarge?.message.contains("EFBIG") == true)
  }
}

struct KeyGeneratorTests {
  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  @Test func aNewFileHasOneKeyThatSigns() throws {
    let directory = try TemporaryDirectory()
    let first = directory.path + "/first"
    let second = directory.path + "/second"
    try KeyGenerator.create(first)
    try KeyGenerator.create(second)
    let ring = try KeyRing.load(first)
    #expect(ring.keys == [ring.signing])
    #expect(ring.signing.id == 1)
    #expect(ring.signing.length == 32)
    #expect(try KeyRing.load(second).signing != ring.signing)
    #expect(mode(first) == 0o600)
  }

  @Test func nothingIsEverOverwritten() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("keys", "precious", mode: 0o644)
    let link = directory.path + "/link"
    let dangling = directory.path + "/dangling"
    try #require(symlink(file, link) == 0 && symlink("nowhere", dangling) == 0)
    for path in [file, link, dangling] {
      let error = #expect(throws: (any Error).self) { try KeyGenerator.create(path) }
      #expect(error.map { "\($0)" } == "create \(path): EEXIST (File exists)")
    }
    #expect(try readFile(file, limit: 100) == Array("precious".utf8))
    #expect(mode(file) == 0o644)
    #expect(directory.names.sorted() == ["dangling", "keys", "link"])
  }

  @Test func anAddedKeyVerifiesAndTheOldOneSigns() throws {
    let directory = try TemporaryDirectory()
    let text = "# mine\nauth 3\n3 hmac-sha256 \(ab)\n# unfinished"
    let file = try directory.write("keys", text)
    #expect(try KeyGenerator.add(to: file) == 4)
    #expect(try KeyGenerator.add(to: file) == 5)
    let ring = try KeyRing.load(file)
    #expect(ring.signing == Key(id: 3, secret: [UInt8](repeating: 0xab, count: 32)))
    #expect(ring.keys.map(\.id) == [3, 4, 5])
    #expect(Set(ring.keys.map { $0.withSecret { Array($0) } }).count == 3)
    let written = String(decoding: try readFile(file, limit: 10_000), as: UTF8.self)
    #expect(written.hasPrefix(text + "\n4 hmac-sha256 "))
    #expect(mode(file) == 0o600)
    #expect(directory.names == ["keys"])
  }

  @Test func numbersAreTakenWhereTheyAreFree() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("keys", "auth 255\n255 hmac-sha256 \(ab)\n1 hmac-sha256 \(ab)\n")
    #expect(try KeyGenerator.add(to: file) == 2)
    let keys = (1...255).map { "\($0) hmac-sha256 \(ab)\n" }.joined()
    let full = try directory.write("full", "auth 1\n" + keys)
    let error = #expect(throws: KeyFileError.self) { try KeyGenerator.add(to: full) }
    #expect(error?.message == "all 255 numbers are taken")
  }

  @Test func aFileThatIsWrongIsNotAddedTo() throws {
    let directory = try TemporaryDirectory()
    let readable = try directory.write("readable", "auth 1\n1 hmac-sha256 \(ab)\n", mode: 0o644)
    let broken = try directory.write("broken", "auth 1\n")
    for file in [readable, broken, directory.path + "/missing"] {
      #expect(throws: KeyFileError.self) { try KeyGenerator.add(to: file) }
    }
    #expect(try readFile(broken, limit: 100) == Array("auth 1\n".utf8))
    #expect(directory.names.sorted() == ["broken", "readable"])
  }

  /// Whoever owns the folder could let the link lead anywhere between two looks at it.
  @Test func aLinkIsNotFollowed() throws {
    let directory = try TemporaryDirectory()
    let text = "auth 1\n1 hmac-sha256 \(ab)\n"
    let file = try directory.write("keys", text)
    let link = directory.path + "/link"
    try #require(symlink("keys", link) == 0)
    let error = #expect(throws: KeyFileError.self) { try KeyGenerator.add(to: link) }
    #expect(error == KeyFileError(link, "it is a link", hint: "name the file that it leads to: `readlink \(link)`"))
    #expect(try readFile(file, limit: 1_000) == Array(text.utf8))
    #expect(directory.names.sorted() == ["keys", "link"])
  }

  @Test(.enabled(if: geteuid() == 0, "needs root: gives a file away"))
  func whoseAFileIsStays() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("keys", "auth 1\n1 hmac-sha256 \(ab)\n", mode: 0o400)
    // Version 2; the owner reads, user 4711 may read but for the mask, which lets nobody.
    let list: [UInt8] = [
      2, 0, 0, 0, 1, 0, 4, 0, 0xff, 0xff, 0xff, 0xff, 2, 0, 4, 0, 0x67, 0x12, 0, 0, 4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
      16, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 32, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
    ]
    let raw = open(file, O_RDONLY)
    defer { close(raw) }
    try #require(clinux_set_access_list(raw, list, list.count) == 0 && chown(file, 0, 4712) == 0)
    #expect(try KeyGenerator.add(to: file) == 2)
    var status = stat()
    try #require(stat(file, &status) == 0)
    #expect(status.st_uid == 0 && status.st_gid == 4712 && mode(file) == 0o400)
    let after = open(file, O_RDONLY)
    defer { close(after) }
    var kept = [UInt8](repeating: 0, count: 100)
    let length = clinux_access_list(after, &kept, kept.count)
    #expect(Array(kept.prefix(max(length, 0))) == list)
  }

  /// Each waits for the others: nobody's key is lost, and no number is given twice.
  @Test func severalWhoAddAtOnceLoseNoKey() async throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("keys", "auth 1\n1 hmac-sha256 \(ab)\n")
    let ids = try await withThrowingTaskGroup(of: [UInt8].self) { group in
      for _ in 0..<4 {
        group.addTask { try (0..<10).map { _ in try KeyGenerator.add(to: file) } }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(ids.sorted() == Array(2...41))
    #expect(try KeyRing.load(file).keys.map(\.id) == Array(1...41))
    #expect(directory.names == ["keys"])
  }
}
