import CLinux
import Glibc
import Support
import TakeoverCore

/// The time of day. The agent does not use it, but whoever compares logs does.
enum ClockCheck: HostCheck {
  static let name = "clock"

  private static let immunity = """
    The agent runs on CLOCK_BOOTTIME, which never jumps, and believes no other node's clock. But the times in the logs of the \
    nodes cannot be compared.
    """

  static func examine(_ host: HostSnapshot) -> [Finding] {
    var findings: [Finding] = []
    // Adjusting it slowly makes 500 ppm at most (adjtimex(2)): 1 ms in 2 s.
    let shift = Interval(nanoseconds: host.wire.clockShift)
    if host.wire.clockShift.magnitude > 10_000_000 {
      findings.append(
        .note(
          "the clock has jumped by \(shift.text) while this command ran", immunity, fix: [.synchronise]))
    }
    var state = timex()
    if adjtimex(&state) == TIME_ERROR || state.status & STA_UNSYNC != 0 {
      findings.append(.note("the clock is not synchronised", immunity, fix: [.synchronise]))
    }
    return findings.isEmpty ? [.ok("the clock is synchronised, and has not jumped")] : findings
  }
}

extension Remedy {
  fileprivate static let synchronise = advice("let one program keep the time: systemd-timesyncd, chrony or ntpsec")
}
