import Glibc

/// The version of the running kernel, as `uname -r` prints it.
public struct KernelRelease: Sendable {
  /// `6.1.0-18-amd64`.
  public let text: String

  /// The running kernel's.
  public static let current: KernelRelease = {
    var names = utsname()
    uname(&names)
    return KernelRelease(
      text: withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
  }()

  /// Of a text like that.
  public init(text: String) { self.text = text }

  /// Whether it is this version or a later one; nil where the text does not begin with two numbers.
  public func isAtLeast(_ major: Int, _ minor: Int) -> Bool? {
    let numbers = text.split(whereSeparator: { !$0.isNumber }).prefix(2).compactMap { Int($0) }
    return numbers.count == 2 ? (numbers[0], numbers[1]) >= (major, minor) : nil
  }
}
