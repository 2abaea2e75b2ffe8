import Glibc
import Linux
import Testing

@Suite struct ErrnoTests {
  @Test func hasTheNameOfTheHeaders() {
    #expect(Errno(rawValue: EPERM).name == "EPERM")
    #expect(Errno(rawValue: EADDRINUSE).description == "EADDRINUSE (Address already in use)")
    #expect(Errno(rawValue: 4711).description == "errno 4711 (unknown error)")
    #expect(Errno(rawValue: -1).name == "errno -1")
  }

  @Test func isWhatTheLastCallLeft() {
    #expect(close(-1) == -1)
    #expect(Errno.current.rawValue == EBADF)
  }

  @Test func errorSaysDoingWhatToWhatAndWhy() {
    let denied = Errno(rawValue: EACCES)
    #expect(SystemError("bind", on: "eth0:694", denied).description == "bind eth0:694: EACCES (Permission denied)")
    #expect(SystemError("eventfd", denied).description == "eventfd: EACCES (Permission denied)")
  }

  @Test func interruptedCallIsRepeated() throws {
    var calls = 0
    let result = try retryOnInterrupt("read") { () -> Int in
      calls += 1
      if calls == 3 { return 42 }
      errno = EINTR
      return -1
    }
    #expect(result == 42)
    #expect(calls == 3)
  }

  @Test func failedCallIsNot() {
    var calls = 0
    #expect(throws: SystemError("read", on: "fd -1", Errno(rawValue: EBADF))) {
      try retryOnInterrupt("read", on: "fd -1") { () -> Int in
        calls += 1
        return read(-1, nil, 0)
      }
    }
    #expect(calls == 1)
  }
}
