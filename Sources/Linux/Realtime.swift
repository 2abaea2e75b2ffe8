import CLinux

/// What a thread needs so that nothing but the kernel makes it late.
public enum Realtime {
  /// Gives the calling thread `SCHED_FIFO` (`sched(7)`).
  /// - Parameter priority: 1...99.
  /// - Throws: EPERM without CAP_SYS_NICE and without a sufficient RLIMIT_RTPRIO.
  public static func enter(priority: Int) throws(SystemError) {
    try retryOnInterrupt("sched_setscheduler", on: "SCHED_FIFO \(priority)") {
      clinux_enter_realtime(Int32(clamping: priority))
    }
  }

  /// Gives the calling thread back to the ordinary scheduler; that is always allowed.
  public static func leave() {
    clinux_leave_realtime()
  }

  /// How many processors the calling thread may run on (`sched_getaffinity(2)`); 1 where the kernel does not say.
  public static var processors: Int { max(Int(clinux_processors()), 1) }

  /// Keeps the calling thread on one of its ``processors`` (`sched_setaffinity(2)`).
  /// - Parameter place: from 0.
  /// - Throws: EINVAL where there are not so many.
  public static func stay(onProcessor place: Int) throws(SystemError) {
    try retryOnInterrupt("sched_setaffinity", on: "processor \(place)") {
      clinux_stay_on_processor(Int32(clamping: place))
    }
  }

  /// Keeps every page the process has touched, or will, in memory (`mlockall(2)`, `MCL_ONFAULT`).
  /// - Throws: EPERM or ENOMEM without CAP_IPC_LOCK and beyond RLIMIT_MEMLOCK.
  public static func lockMemory() throws(SystemError) {
    try retryOnInterrupt("mlockall") { clinux_lock_memory() }
  }

  /// Has the kernel forget what the process has touched of a library's code (`madvise(2)`, `MADV_DONTNEED`). What is needed
  /// again is mapped again. To be done before ``lockMemory()``; a library that is not loaded does no harm.
  /// - Parameter library: the file name that it was linked by.
  public static func letGo(of library: String) {
    clinux_let_go_of_library(library)
  }

  /// Touches the calling thread's stack, so that no page of it faults later.
  /// - Parameter bytes: how deep; less than the thread's stack.
  public static func prefaultStack(bytes: Int) {
    clinux_prefault_stack(bytes)
  }
}
