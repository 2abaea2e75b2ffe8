import Commands

/// A command line: the words, each ended by a NUL. What is read is not run.
func fuzzArguments(_ bytes: UnsafeRawBufferPointer) {
  let words = bytes.split(separator: 0, omittingEmptySubsequences: false).prefix(32)
    .map { String(decoding: $0, as: UTF8.self) }
  // The shells ask so for the names of groups, and are answered by the running agent.
  if words.first?.hasPrefix("---") == true { return }
  do {
    _ = try Vipagent.read(words)
  } catch let error as CommandLineError {
    let text = "\(error)"
    hold(text.hasPrefix("vipagent: error: "), "a complaint says what it is")
    hold(text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x0a }, "a complaint has no control characters")
    // The line as it was typed stands in it, each character spelt out at worst, and the words are quoted once more.
    hold(text.utf8.count <= 40 * bytes.count + 4_096, "a complaint is not much longer than the line")
  } catch {
    hold(!Vipagent.fullMessage(for: error).isEmpty, "help and version say something")
  }
}
