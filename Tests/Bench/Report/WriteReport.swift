import Lab
import ArgumentParser
import Glibc

/// `vipagent-bench report`: makes the document of what was measured.
struct WriteReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write docs/benchmarks.md and its plots from results.")

  @Option(help: "The file that `run` has written.") var results = "docs/benchmarks/results.jsonl"
  @Option(help: "The folder of the documents.") var output = "docs"

  func run() throws {
    guard access(results, F_OK) == 0 else {
      print("nothing was measured yet")
      return
    }
    let figures = Figures.group(try Sample.read(results))
    for (name, plot) in Plots.all(figures) { try write(plot.svg(), to: "\(output)/benchmarks/\(name).svg") }
    try write(document(figures), to: "\(output)/benchmarks.md")
  }

  private func document(_ figures: [Figures]) -> String {
    let sections =
      Section.all.map { $0.text(figures) } + [
        TraceSection.text(figures), JitterSection.text(figures), FloodSection.text(figures), Configurations.text(),
      ]
    return ([introduction(figures)] + sections).filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private func introduction(_ figures: [Figures]) -> String {
    """
    # Benchmarks

    vipagent and three others that move an address between hosts, through the same faults, on one machine. `make bench` writes \
    this document; `BENCH_REPEATS` says how often each thing is done. Do not edit it.

    Hosts are network namespaces on a switch (`Sources/Lab`): loadb1, which is preferred, loadb2, and a client. Each run is made \
    of new hosts; the contenders take turns (A B C D, A B C D, …). Who has the address is what the hosts' kernels tell, frames are \
    stamped by the switch's kernel, outages are those of the client, which asks a thousand times a second unless the text says \
    otherwise. Each contender is configured at its best; see [Configurations](#configurations). "To the best peer" is a row's \
    median divided by that of the best of the other three in the same table, for many addresses of those with as many. All raw figures: \
    [results.jsonl](benchmarks/results.jsonl).

    \((try? contents(of: Machine.path(besides: results))) ?? "")
    Less is better in every table.

    """
  }
}
