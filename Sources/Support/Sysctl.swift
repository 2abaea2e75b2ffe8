/// Settings of the kernel (`sysctl(8)`), of the network namespace that this process is in.
package enum Sysctl {
  /// An integer below `/proc/sys`, as `kernel/sched_rt_runtime_us`; nil if there is no such setting.
  package static func number(_ path: String) -> Int? {
    // A device's name is a part of the path: `..` in it leads nowhere, because a name has no slash.
    ProcessTable.text("/proc/sys/\(path)").flatMap { Int($0) }
  }

  /// A setting of IPv4 on a device (`/proc/sys/net/ipv4/conf`, Documentation/networking/ip-sysctl.rst).
  package static func ipv4(_ name: String, on device: String) -> Int? { number("net/ipv4/conf/\(device)/\(name)") }

  /// What counts where the kernel takes the larger one of `all` and the device (`IN_DEV_MAXCONF`,
  /// `IN_DEV_ORCONF`).
  package static func larger(_ name: String, on device: String) -> Int? {
    guard let own = ipv4(name, on: device) else { return nil }
    return max(own, ipv4(name, on: "all") ?? 0)
  }
}
