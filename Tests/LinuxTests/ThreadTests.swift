import CLinux
import Glibc
import Linux
import Synchronization
import Testing

@Suite struct ThreadTests {
  @Test func hasItsNameAndEnds() throws {
    let name = Mutex("")
    let thread = try Thread(name: "a name of its own") {
      let found = text(of: "/proc/self/task/\(clinux_gettid())/comm")
      name.withLock { $0 = found }
    }
    thread.join()
    #expect(name.withLock { $0 } == "a name of its o\n", "15 bytes of it")
  }

  @Test func stackThatDoesNotFitIsAnError() {
    #expect(throws: SystemError.self) { _ = try Thread(name: "huge", stackSize: 1 << 60) {} }
  }

  private func text(of path: String) -> String {
    guard let file = try? Descriptor(open(path, O_RDONLY), "open", on: path) else { return "" }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let length = read(file.raw, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(0, length)), as: UTF8.self)
  }
}

@Suite struct BootClockTests {
  @Test func isTheClockOfTheKernel() {
    var time = timespec()
    let before = BootClock.now()
    clock_gettime(CLOCK_BOOTTIME, &time)
    let after = BootClock.now()
    #expect((before...after).contains(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)))
  }
}

@Suite struct RealtimeTests {
  /// On a thread of its own, which takes the policy with it when it ends.
  @Test(.enabled(if: geteuid() == 0, "needs root: CAP_SYS_NICE")) func entersTheRealtimeClass() throws {
    let seen = Mutex((policy: Int32(-1), priority: Int32(-1), error: SystemError?.none))
    let thread = try Thread(name: "realtime") {
      var error: SystemError?
      do throws(SystemError) { try Realtime.enter(priority: 7) } catch let failure { error = failure }
      Realtime.prefaultStack(bytes: 64 << 10)
      var parameters = sched_param()
      sched_getparam(0, &parameters)
      let (policy, priority, failure) = (sched_getscheduler(0), parameters.sched_priority, error)
      seen.withLock { $0 = (policy, priority, failure) }
    }
    thread.join()
    let (policy, priority, error) = seen.withLock { $0 }
    #expect(error == nil)
    #expect(policy == SCHED_FIFO)
    #expect(priority == 7)
  }

  @Test(arguments: [0, 100, Int.max]) func refusesAPriorityThatThereIsNot(priority: Int) {
    #expect(throws: SystemError("sched_setscheduler", on: "SCHED_FIFO \(priority)", Errno(rawValue: EINVAL))) {
      try Realtime.enter(priority: priority)
    }
  }
}
