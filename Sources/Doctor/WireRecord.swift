import Linux
import TakeoverCore

/// What was heard on the wire while `vipagent doctor` listened.
package struct WireRecord {
  /// Where a heartbeat of a node came in.
  struct Path: Hashable {
    let node: Tag
    let device: String
  }

  /// Why a datagram counts for nothing.
  struct Refusal: Hashable {
    let reason: DropReason
    /// The node of the configuration in whose name it is signed with other keys, which proves nothing; nil for anything else.
    let node: Tag?
  }

  /// The heartbeats of one session that passed a device.
  package struct Stream {
    private(set) var firstSequence: UInt64
    package private(set) var last: Heartbeat

    package init(_ heartbeat: Heartbeat) { (firstSequence, last) = (heartbeat.sequence, heartbeat) }

    package mutating func append(_ heartbeat: Heartbeat) {
      if heartbeat.session != last.session { self = Stream(heartbeat) } else { last = heartbeat }
    }
  }

  /// A bridge that speaks the spanning tree protocol (IEEE 802.1D).
  package struct Bridge {
    /// How long its ports listen, and then how long they learn.
    package let forwardDelay: Interval
    /// Speaks the rapid protocol, whose ports often need not wait.
    let isRapid: Bool
  }

  /// How long was listened; nil if it was not.
  var duration: Interval?
  /// Why a device could not be listened to, by its name.
  var deaf: [String: SystemError] = [:]
  /// Why the heartbeats' own socket could not be opened on a device. Nobody tries while an agent runs.
  var closed: [String: SystemError] = [:]
  /// The devices whose own socket was open.
  var open: Set<String> = []
  /// The heartbeats of each other node that arrived at a device, before any packet filter.
  var arrived: [Path: Stream] = [:]
  /// The shared address that a node's heartbeats came from.
  var masked: [Path: IPv4Number] = [:]
  /// What then came through to the heartbeats' own socket.
  var delivered: Set<Path> = []
  /// The heartbeats that this host's agent sent, by device, after any packet filter.
  var sent: [String: Stream] = [:]
  /// Where heartbeats in this node's name came in from, by session: its own, if two devices are on one network, or
  /// those of a namesake.
  var returned: [UInt64: IPv4Number] = [:]
  /// What was no heartbeat of this cluster, and where the last of it came from.
  var refused: [Refusal: (count: Int, source: IPv4Number)] = [:]
  /// Heartbeats for a cluster of this name from a node that the configuration does not have, signed with other keys, and where
  /// the last of them came from. The node's name is not proven.
  var namedAlike: (count: Int, source: IPv4Number)?
  /// Who answered the probes for an address.
  var answers: [IPv4Number: Set<EthernetAddress>] = [:]
  /// Why no probe could be sent.
  var probeRefusal: SystemError?
  /// Bridges beyond a device.
  var bridges: [String: Bridge] = [:]
  /// How far `CLOCK_REALTIME` went ahead of `CLOCK_BOOTTIME` meanwhile, nanoseconds.
  var clockShift: Int64 = 0

  /// The heartbeats of a node that arrived, on the device where the last one did.
  func stream(of node: Tag) -> Stream? {
    arrived.filter { $0.key.node == node }.map(\.value).max { $0.last.sequence < $1.last.sequence }
  }

  /// The last heartbeat of a node that arrived, on whatever device.
  func heartbeat(of node: Tag) -> Heartbeat? { stream(of: node)?.last }

  /// The heartbeats of this host's own agent.
  var ownStream: Stream? { sent.values.max { $0.last.sequence < $1.last.sequence } }

  /// Whose Ethernet address that is, according to the heartbeats.
  func owner(of address: EthernetAddress) -> Tag? {
    arrived.values.map(\.last).first { heartbeat in
      (0..<heartbeat.hardware.count).contains { heartbeat.hardware[$0] == address }
    }?.node
  }
}

extension Heartbeat {
  /// Whether its sender hears these heartbeats: it says that their node is alive, or it echoes one of them. An agent that
  /// has just started is heard before it is alive.
  package func confirms(_ stream: WireRecord.Stream) -> Bool {
    (0..<echoes.count).contains { place in
      let echo = echoes[place]
      guard echo.node == stream.last.node, echo.session == stream.last.session else { return false }
      return echo.alive || echo.sequence >= stream.firstSequence
    }
  }
}
