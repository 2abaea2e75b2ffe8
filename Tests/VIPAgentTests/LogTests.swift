import Glibc
import Linux
import Synchronization
import Testing

@testable import Log

@Suite struct LogTests {
  @Test func writesLinesInTheirOrder() throws {
    let pipe = try Pipe()
    let log = try Log(to: pipe.writer, node: "loadb1", journalStream: pipe.journalStream)
    for number in 1...500 { log.write(.line(.notice, "line \(number)")) }
    log.write(.line(.warning, "late\nforged"))
    log.close(flushWithin: 10_000)
    #expect(pipe.rest() == (1...500).map { "<5>line \($0)" } + [#"<4>late\nforged"#])
  }

  @Test func plainSinkGetsTimeAndName() throws {
    let pipe = try Pipe()
    let log = try Log(to: pipe.writer, node: "loadb1", journalStream: nil)
    log.write(.line(.warning, "loadb2 late"))
    log.close(flushWithin: 10_000)
    let lines = pipe.rest()
    #expect(lines.count == 1)
    #expect(lines.first?.dropFirst(23) == " vipagent[loadb1] warning: loadb2 late")
  }

  /// Nobody reads while the lines are written: a writer that waited would wait for ever.
  @Test(arguments: [false, true]) func stuckSinkCostsLinesAndNotTime(nonBlocking: Bool) throws {
    let pipe = try Pipe(nonBlocking: nonBlocking)
    let log = try Log(to: pipe.writer, node: "loadb1", capacity: 16, journalStream: pipe.journalStream)
    let padding = String(repeating: "x", count: 1_000)
    for number in 1...1_000 { log.write(.line(.notice, "\(number) \(padding)")) }
    let reader = try ReaderThread(pipe.reader)
    log.close(flushWithin: 10_000)
    let lines = reader.lines(closing: pipe)

    var next = 1
    var dropped = 0
    for line in lines {
      if let count = droppedCount(line) {
        #expect(count > 0)
        dropped += count
        next += count
      } else {
        #expect(line == "<5>\(next) \(padding)", "after \(dropped) dropped lines")
        next += 1
      }
    }
    #expect(next == 1_001, "every line is there or accounted for")
    #expect(dropped > 900, "16 kB of pipe and 16 lines of queue hold no more")
  }

  @Test func saysHowManyAreMissingWhereTheyAreMissing() throws {
    let pipe = try Pipe()
    let log = try Log(to: pipe.writer, node: "loadb1", capacity: 2, journalStream: pipe.journalStream)
    try pipe.fill()
    // The thread may hold one line in its hand, and the queue has room for two more.
    for number in 1...40 { log.write(.line(.notice, "before \(number)")) }
    pipe.drain()
    #expect(pipe.waitForLine(), "the sink moves again")
    let reader = try ReaderThread(pipe.reader)
    log.close(flushWithin: 10_000)
    let lines = reader.lines(closing: pipe)
    // Which lines got through depends on when the thread took one; that each is there or accounted for does not.
    var next = 1
    for line in lines {
      if let count = droppedCount(line) {
        next += count
      } else {
        #expect(line == "<5>before \(next)")
        next += 1
      }
    }
    #expect(next == 41)
    #expect((2...3).contains(lines.filter { droppedCount($0) == nil }.count))
  }

  @Test func closingDoesNotWaitForAStuckSink() throws {
    let pipe = try Pipe()
    let log = try Log(to: pipe.writer, node: "loadb1", journalStream: pipe.journalStream)
    try pipe.fill()
    for number in 1...10 { log.write(.line(.notice, "line \(number)")) }
    let before = BootClock.now()
    log.close(flushWithin: 50)
    let took = BootClock.now() - before
    #expect(took >= 50_000_000)
    #expect(took < 5_000_000_000)
    log.write(.line(.notice, "after the close"))
    log.close(flushWithin: 10_000)
    pipe.drain()
    #expect(pipe.rest() == [], "the thread is gone: what it had is given up")
  }

  /// Without a reader a write raises SIGPIPE, which would end this process.
  @Test func readerThatGoesAwayDoesNoHarm() throws {
    let pipe = try Pipe()
    pipe.closeReader()
    let log = try Log(to: pipe.writer, node: "loadb1", journalStream: pipe.journalStream)
    for number in 1...100 { log.write(.line(.notice, "line \(number)")) }
    let before = BootClock.now()
    log.close(flushWithin: 10_000)
    #expect(BootClock.now() - before < 5_000_000_000)
  }

  @Test func linesThatTheSinkRefusesAreCountedToo() throws {
    let pipe = try Pipe()
    let sink = try Descriptor(open("/dev/full", O_WRONLY), "open", on: "/dev/full")
    let writer = try LogWriter(LogDispatcher(capacity: 1), to: sink.raw, .journal)
    var lost = 0
    func deliver(_ text: String?, droppedBefore: Int = 0) -> Bool {
      let line = text.map { LogLine(.line(.notice, $0), at: 0) }
      return writer.deliver(LogQueue.Entry(droppedBefore: droppedBefore, line: line), &lost)
    }
    #expect(deliver("one"))
    #expect(deliver("two", droppedBefore: 4))
    #expect(lost == 6)
    #expect(dup2(pipe.writer, sink.raw) == sink.raw)
    #expect(deliver("three"))
    #expect(deliver("four", droppedBefore: 1))
    #expect(deliver(nil, droppedBefore: 2))
    #expect(lost == 0)
    close(sink.raw)
    #expect(
      pipe.rest() == [
        "<4>6 lines were dropped because the log could not be written", "<5>three",
        "<4>1 line was dropped because the log could not be written", "<5>four",
        "<4>2 lines were dropped because the log could not be written",
      ])
  }
}

extension Message {
  /// Any text, of a kind that is never left out: notice, warning or error.
  static func line(_ priority: Priority, _ text: String) -> Message {
    let kinds: [MessageKind] = [.reloaded, .reloadNeedsRestart, .reloadRefused]
    return Message(kinds.first { $0.priority == priority && $0.entry.pace == .always } ?? .counted, text)
  }
}
