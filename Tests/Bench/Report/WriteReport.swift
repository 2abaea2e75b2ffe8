import ArgumentParser

/// `vipagent-bench report`: makes the document of what was measured.
struct WriteReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write docs/benchmarks.md and its plots from results.")

  func run() throws {}
}
