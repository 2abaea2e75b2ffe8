import CLinux
import Glibc
import Linux
import Netlink
import Support
import Wire

/// What the agent needs of the kernel, tried out: address lifetimes and marks, timers, packet sockets.
enum KernelCheck: HostCheck {
  static let name = "kernel"

  static func examine(_ host: HostSnapshot) -> [Finding] {
    let release = KernelRelease.current.text
    let findings = [tryAddress(release), tryTimer(), tryPacketSocket()].compactMap(\.self)
    return findings.isEmpty ? [.ok("Linux \(release): address lifetimes and marks, timers, packet sockets")] : findings
  }

  /// Adds an address to the loopback device of a network namespace that exists for this moment, and looks what the
  /// kernel has made of it. The host's own network does not notice.
  private static func tryAddress(_ release: String) -> Finding? {
    guard let prefix = IPPrefix("192.0.2.86/32") else { return nil }
    do {
      let address = try Namespace("probe").run { () throws -> InterfaceAddress? in
        var route = try RouteSocket()
        guard let loopback = try route.link(named: "lo") else { return nil }
        let wish = InterfaceAddress(
          prefix: prefix, link: loopback.index, protocolTag: AddressMarks.tag, validLifetime: 60,
          preferredLifetime: 60)
        if let refusal = try route.add([wish], replacing: false).first { throw refusal }
        return try route.addresses(of: .v4).first { $0.prefix == prefix }
      }
      return judge(address, release)
    } catch {
      return judgeByVersion(release, error)
    }
  }

  private static func judge(_ address: InterfaceAddress?, _ release: String) -> Finding? {
    if address?.validLifetime == nil {
      return .error(
        "Linux \(release) gives IPv4 addresses no lifetime",
        "A killed agent would leave its addresses behind for ever.", fix: [.advice("boot a newer kernel")])
    }
    return address?.isMarked == true ? nil : unmarked(release)
  }

  private static func unmarked(_ release: String) -> Finding {
    .warning(
      "Linux \(release) does not keep the mark of an address (IFA_PROTO)",
      """
      An agent that is started again does not know the addresses that it left, so they are not adopted, and `vipagent \
      release` does not find them. Linux 5.18 and later keep it.
      """, fix: [.advice("boot Linux 5.18 or later")])
  }

  /// Where no namespace can be made, the version must do.
  private static func judgeByVersion(_ release: String, _ error: any Error) -> Finding {
    if KernelRelease.current.isAtLeast(5, 18) == false { return unmarked(release) }
    return .unknown(
      "address lifetimes and marks",
      because: "that takes a network namespace (\(error)); Linux \(release) should have both")
  }

  private static func tryTimer() -> Finding? {
    do throws(SystemError) {
      _ = try TimerDescriptor()
      return nil
    } catch {
      return .error(
        "no timer on CLOCK_BOOTTIME: \(error)", "The agent's clock.",
        fix: [.advice("allow more open files (ulimit -n), or boot a newer kernel")])
    }
  }

  private static func tryPacketSocket() -> Finding? {
    do throws(SystemError) {
      _ = try AnnounceSocket()
      return nil
    } catch {
      if error.errno.rawValue == EPERM {
        return .unknown("packet sockets", because: "that takes CAP_NET_RAW, which this command does not have")
      }
      return .error(
        "no packet socket: \(error)", "ARP is spoken through it.", fix: [.advice("load the kernel's module af_packet")])
    }
  }
}
