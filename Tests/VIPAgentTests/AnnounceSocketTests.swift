import CLinux
import Glibc
import Linux
import Netlink
import Testing

@testable import Wire

@Suite(.enabled(if: PrivateNetwork.isPossible, "needs root: network namespaces"))
struct AnnounceSocketTests {
  private let stride = 64

  /// Gratuitous ARP as bytes, each with its number at the end; every third one is longer than the rest.
  private func frames(_ count: Int) -> [[UInt8]] {
    (0..<count).map { number in
      var frame = [UInt8](repeating: 0xff, count: 6) + [2, 0, 0, 0, 0, 1, 0x08, 0x06]
      frame += [UInt8](repeating: 0, count: number % 3 == 0 ? 46 : 28)
      frame[frame.count - 2] = UInt8(number >> 8)
      frame[frame.count - 1] = UInt8(number & 0xff)
      return frame
    }
  }

  private func send(
    _ frames: [[UInt8]], stride: Int = 64, to index: Int32, through socket: borrowing AnnounceSocket
  ) -> Sent {
    var bytes = [UInt8](repeating: 0xa5, count: frames.count * stride)
    for (number, frame) in frames.enumerated() {
      bytes.replaceSubrange(number * stride..<number * stride + frame.count, with: frame)
    }
    let (sent, errno) = bytes.withUnsafeBytes {
      socket.send(frames: $0, stride: stride, lengths: frames.map(\.count), count: frames.count, to: index)
    }
    return Sent(count: sent, errno: errno)
  }

  private struct Sent: Equatable {
    let count: Int
    var errno: Errno?
  }

  @Test(arguments: [0, 1, 64, 65, 1000]) func framesArriveWholeAndInOrder(count: Int) throws {
    let network = try PrivateNetwork()
    try network.connect("here", "there")
    let index = try network.index(of: "here")
    try network.enter {
      let sniffer = try Sniffer(on: network.index(of: "there"), protocolNumber: ETH_P_ARP)
      let socket = try AnnounceSocket()
      let frames = frames(count)
      #expect(send(frames, to: index, through: socket) == Sent(count: count))
      for frame in frames { #expect(sniffer.next() == frame) }
    }
  }

  @Test func leavesTheOtherLinksAlone() throws {
    let network = try PrivateNetwork()
    try network.connect("one", "one-end")
    try network.connect("two", "two-end")
    let (one, two) = (try network.index(of: "one"), try network.index(of: "two"))
    try network.enter {
      let sniffer = try Sniffer(on: network.index(of: "two-end"), protocolNumber: ETH_P_ARP)
      let socket = try AnnounceSocket()
      let frames = frames(2)
      #expect(send([frames[0]], to: one, through: socket) == Sent(count: 1))
      #expect(send([frames[1]], to: two, through: socket) == Sent(count: 1))
      #expect(sniffer.next() == frames[1], "and not the one that came before")
    }
  }

  @Test func stopsAtTheFrameThatTheKernelRefuses() throws {
    let network = try PrivateNetwork()
    try network.connect("here", "there")
    let index = try network.index(of: "here")
    try network.enter {
      let sniffer = try Sniffer(on: network.index(of: "there"), protocolNumber: ETH_P_ARP)
      let socket = try AnnounceSocket()
      var frames = frames(100)
      frames[70] = [UInt8](repeating: 0xff, count: 6) + [UInt8](repeating: 0, count: 1600)
      let tooLong = Errno(rawValue: EMSGSIZE)
      #expect(send(frames, stride: 1700, to: index, through: socket) == Sent(count: 70, errno: tooLong))
      for frame in frames.prefix(70) { #expect(sniffer.next() == frame) }
    }
  }

  @Test func saysThatTheLinkIsDownOrGone() throws {
    let network = try PrivateNetwork()
    try network.connect("here", "there")
    let index = try network.index(of: "here")
    try network.enter {
      let socket = try AnnounceSocket()
      try network.change("here") { route, index throws(NetlinkError) in try route.setUp(index, false) }
      #expect(send(frames(2), to: index, through: socket) == Sent(count: 0, errno: Errno(rawValue: ENETDOWN)))
      try network.change("here") { route, index throws(NetlinkError) in try route.removeLink(index) }
      #expect(send(frames(2), to: index, through: socket) == Sent(count: 0, errno: Errno(rawValue: ENXIO)))
    }
  }
}
