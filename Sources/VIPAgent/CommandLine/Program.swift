import Linux

/// The way in. A file of its own: the fuzzers bring another.
@main
enum Program {
  static func main() { Vipagent.start(ProgramArguments.words) }
}
