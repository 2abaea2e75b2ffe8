import CLinux
import Glibc
import Linux
import Synchronization
import Testing

@testable import Support

@Suite struct NodeNameTests {
  @Test func isWhatTheKernelSays() throws {
    let file = try Descriptor(open("/proc/sys/kernel/hostname", O_RDONLY), "open")
    var buffer = [UInt8](repeating: 0, count: 256)
    let length = read(file.raw, &buffer, buffer.count)
    #expect(length > 1)
    #expect(NodeName.ofThisHost() + "\n" == String(decoding: buffer.prefix(length), as: UTF8.self))
  }

  /// 64 bytes fill the kernel's field; the name of another host shows that nothing is remembered.
  @Test(
    .enabled(if: geteuid() == 0, "needs root: a UTS namespace"),
    arguments: ["loadb1", String(repeating: "n", count: 64)])
  func followsTheNamespace(name: String) throws {
    let seen = Mutex("")
    let thread = try Thread(name: "other host") {
      guard clinux_unshare(clinux_newuts) == 0, sethostname(name, name.utf8.count) == 0 else { return }
      let found = NodeName.ofThisHost()
      seen.withLock { $0 = found }
    }
    thread.join()
    #expect(seen.withLock { $0 } == name)
  }
}
