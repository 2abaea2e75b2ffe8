import Glibc
import Linux
import Testing

@Suite struct DescriptorTests {
  /// The far end of a pipe tells that the near end is closed; its number could be somebody else's by then.
  @Test func closesItself() throws {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    let reader = try Descriptor(ends[0], "pipe")
    do {
      let writer = try Descriptor(ends[1], "pipe")
      #expect(write(writer.raw, "x", 1) == 1)
      #expect(hungUp(reader.raw) == false)
    }
    #expect(hungUp(reader.raw))
  }

  @Test func failedCallIsAnError() {
    #expect(throws: SystemError("open", on: "/nowhere", Errno(rawValue: ENOENT))) {
      _ = try Descriptor(open("/nowhere", O_RDONLY), "open", on: "/nowhere")
    }
  }

  private func hungUp(_ reader: Int32) -> Bool {
    var wanted = pollfd(fd: reader, events: 0, revents: 0)
    poll(&wanted, 1, 0)
    return wanted.revents & Int16(POLLHUP) != 0
  }
}
