import CLinux
import Control
import Glibc
import Linux
import Support
import TakeoverCore

/// What a client says on the control socket, cut into pieces anyhow: the same bytes give the same requests.
///
/// The first byte says into how many pieces, two bytes for each where it ends; the rest is the text.
func fuzzStream(_ bytes: UnsafeRawBufferPointer) {
  var source = ByteSource(bytes)
  let count = source.choice(of: 8)
  let cuts = (0..<count).map { _ in Int(source.number(UInt16.self)) }.sorted()
  let text = Array(bytes.dropFirst(1 + 2 * count))
  let whole = Conversation().say([text])
  var pieces: [[UInt8]] = []
  var begin = 0
  for cut in cuts where cut > begin && cut < text.count {
    pieces.append(Array(text[begin..<cut]))
    begin = cut
  }
  let cut = Conversation().say(pieces + [Array(text[begin...])])
  hold(cut == whole, "in \(pieces.count + 1) pieces: \(cut), at once: \(whole)")
  hold(whole.allSatisfy { $0.count <= ControlRequest.longest }, "a line has a bound")
}

/// One connection, with the other end of its socket.
private final class Conversation {
  private let client: ControlClient
  private let end: Descriptor
  private var lines: [[UInt8]] = []
  /// It says nothing more, or is ended.
  private var isOver = false

  init() {
    var pair: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    hold(socketpair(AF_UNIX, kind, 0, &pair) == 0, "there is a pair of sockets")
    guard let near = try? Descriptor(pair[0], "socketpair"), let far = try? Descriptor(pair[1], "socketpair") else {
      fatalError("a descriptor")
    }
    end = far
    client = ControlClient(
      near, peer: PeerCredentials(process: 1, user: 0, groups: []), serial: 1, at: .origin)
  }

  /// Says pieces one after the other, and hangs up.
  /// - Returns: the lines that are requests, or `too long` at the end.
  func say(_ pieces: [[UInt8]]) -> [[UInt8]] {
    for piece in pieces where !piece.isEmpty && !isOver {
      hold(send(end.raw, piece, piece.count, Int32(MSG_NOSIGNAL)) == piece.count, "a socket holds a piece")
      listen(upTo: piece.count)
    }
    if !isOver {
      shutdown(end.raw, Int32(SHUT_WR))
      listen(upTo: 0)
    }
    return lines
  }

  /// As the server does: reads at most once a turn, serves the lines, and answers each before the next.
  private func listen(upTo count: Int) {
    for _ in 0...(count / 4_096 + 1) where !isOver {
      if client.interest.contains(.input), client.receive(at: .origin) == .ended { isOver = true }
      serve()
    }
  }

  private func serve() {
    do throws(ControlError) {
      while !isOver, let line = try client.nextLine() {
        client.begin()
        lines.append(line)
        if client.say([UInt8(ascii: "\n")], at: .origin) == .ended { isOver = true }
        var answer: UInt8 = 0
        recv(end.raw, &answer, 1, 0)
      }
    } catch {
      lines.append(Array("too long".utf8))
      isOver = true
    }
  }
}
