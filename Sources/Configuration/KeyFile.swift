import Glibc
import Linux
import Support

extension KeyRing {
  /// Reads a key file of at most 64 KiB that nobody but its owner may read or write.
  /// - Parameter account: who must be able to.
  /// - Throws: the first rule it breaks.
  package static func load(_ path: String, as account: Account = .current) throws(KeyFileError) -> KeyRing {
    try account.opening { () throws(KeyFileError) in try KeyText(of: path, as: account) }.parsed(from: path)
  }
}

/// The text of a key file, once its owner and mode are right. It is gone when this is.
struct KeyText {
  /// The most bytes that a key file may have.
  private static let limit = 64 << 10
  private let memory = SecretMemory(byteCount: KeyText.limit + 1)
  private let count: Int

  /// The text, not to be kept.
  func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try memory.withBytes(upTo: count, body)
  }

  /// The keys in it.
  /// - Parameter path: for what is wrong with it.
  func parsed(from path: String) throws(KeyFileError) -> KeyRing {
    try withBytes { (text) throws(KeyFileError) in try KeyFileParser.parse(text, file: path) }
  }

  /// Reads a file by its path.
  init(of path: String, as account: Account) throws(KeyFileError) {
    do throws(FileRefusal) {
      try self.init(of: RegularFile(path), as: account)
    } catch {
      throw KeyFileError(path, error.advised(error.hint ?? Self.hint(for: error, path, account)))
    }
  }

  /// Reads an open file.
  init(of file: borrowing RegularFile, as account: Account) throws(FileRefusal) {
    if let refusal = account.refusal(ofKeys: file.status, file.path) { throw refusal }
    var count = 0
    while true {
      let room = UnsafeMutableRawBufferPointer(rebasing: memory.bytes[count...])
      let more = try file.next(into: room)
      if more == 0 { break }
      count += more
      if count > Self.limit { throw FileRefusal(tooLong: file.path, Self.limit) }
    }
    self.count = count
  }

  private static func hint(for error: FileRefusal, _ path: String, _ account: Account) -> String? {
    switch error.errno?.rawValue {
    case ENOENT: "make it with `vipagent keygen \(path)`, and copy it to every node"
    case EACCES: account.remedy(forOpening: path, isSecret: true)
    default: nil
    }
  }
}

extension KeyFileError {
  init(_ file: String, _ refusal: FileRefusal) { self.init(file, refusal.message, hint: refusal.hint) }
}
