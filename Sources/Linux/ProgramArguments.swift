import CLinux

/// What the program was started with.
public enum ProgramArguments {
  /// The words behind the program's name, bytes that are not UTF-8 replaced. They need no `/proc`.
  public static var words: [String] {
    (1..<max(clinux_argument_count(), 1)).map { clinux_argument($0).map { String(cString: $0) } ?? "" }
  }
}
