import Commands
import Linux

/// The way in.
@main
enum Program {
  static func main() { Vipagent.start(ProgramArguments.words) }
}
