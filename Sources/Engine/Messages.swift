import Linux
import Support
import TakeoverCore

/// What the threads tell each other. Every message is plain bits, so that a mailbox can carry it; groups travel by
/// tag, because a place in a list means something else after a reload.

/// From the main thread to the heartbeat thread.
package enum HeartbeatCommand: BitwiseCopyable, Sendable {
  /// Go on under this generation.
  case adopt(GenerationReference)
  /// Hand over and own nothing; on standby for every group already: take part again.
  case toggleStandby(by: Operator?)
  /// Do what the operator asks for a group, or for all (`Tag.none`); answer with one `decided` a group and a last one
  /// without.
  case request(Request, Tag, force: Bool, ticket: UInt32, by: Operator? = nil)
  /// Fill the snapshot; answer `snapshotTaken`.
  case snapshot(SnapshotReference)
  /// Hand over, let go, say goodbye.
  case stop
  /// Leave everything to a successor and say so.
  case restart
  /// Everything is said: end the thread.
  case exit
}

/// From the heartbeat thread to the address thread. In order: what comes later counts more.
package enum AddressOrder: BitwiseCopyable, Sendable {
  /// Make the kernel hold exactly the group's addresses; answer `added` or `failed`, and `failed` ever after for a
  /// claim that failed.
  case hold(Tag, term: UInt64)
  /// Make the kernel hold none of them; answer `removed`.
  case letGo(Tag)
  /// Announce them, now and on the schedule; answer `announced`.
  case announce(Tag, term: UInt64)
  /// Announce them once, beside the schedule.
  case defend(Tag)
  /// Announce it no more until told to: it is being handed over, and the taker announces it.
  case silence(Tag)
  /// Go on under this generation; let go of what it does not know.
  case adopt(GenerationReference)
  /// End the thread, holding nothing any more.
  case exit
  /// End the thread and leave the addresses to a successor.
  case exitKeeping

  /// Whether the group shall not be announced any more by what was ordered before.
  package func silences(_ tag: Tag) -> Bool {
    switch self {
    case .silence(let other), .letGo(let other): other == tag
    case .hold, .announce, .defend, .adopt, .exit, .exitKeeping: false
    }
  }
}

/// From the address thread to the heartbeat thread.
package enum AddressNotice: BitwiseCopyable, Sendable {
  case added(Tag, term: UInt64, at: Instant)
  case failed(Tag, term: UInt64)
  case removed(Tag)
  case lost(Tag)
  case announced(Tag, term: UInt64, at: Instant)
  case leased(Tag, until: Instant)
  case found(Tag)
  /// The device of this place in the generation has this number, this Ethernet address and this address of its own, 0.0.0.0
  /// where it has none. Places beyond the generation's are other devices of the host whose kernel may answer there, up to as many as
  /// fit a ``HardwareList``; number 0 is a device that has gone.
  case probeSource(place: Int, index: Int32, hardware: EthernetAddress, address: IPv4Number)
  /// What heartbeats leave from on the link of this place in the generation: an address of the device's own, 0.0.0.0 where it
  /// has none.
  case source(link: Int, address: IPv4Number)
  case linkUp(Tag)
  case linkDown(Tag)
  case hearing
  case deaf
  /// All that the host has at the agent's start was told.
  case surveyed
}

/// From the heartbeat thread to the main thread, which has the time to find words for it.
package enum HeartbeatNotice: BitwiseCopyable, Sendable {
  /// The core's own words, in the numbers of the generation in force, and when it said them.
  case report(Report, at: Instant)
  /// The same, where it follows at once from what this operator has asked for.
  case ordered(Report, at: Instant, by: Operator)
  /// The thread has gone over to the generation of this number; the reports after it use its numbers.
  case adopted(number: Int)
  /// An operator's request of this ticket was taken up for a group, or refused where there is a refusal. The last one
  /// has no group; nothing before it means that there is no such group. What becomes of it comes as a report.
  case decided(ticket: UInt32, Request, GroupIndex?, Refusal?)
  /// The snapshot is the main thread's again; its places are those of the generation of this number.
  case snapshotTaken(SnapshotReference, number: Int)
  /// A claim has made this node the owner: how long each step took.
  case takeover(Timeline)
  /// Datagrams were dropped: so many since the last notice of this reason, the last one from this address, in the name of a
  /// node that nothing proves; `Tag.none` where it has none.
  case dropped(DropReason, count: Int, source: UInt32, node: Tag)
  /// A node that the configuration does not name signs with our key; an IPv4 address in network byte order.
  case strangerHeard(Tag, source: UInt32)
  /// Another agent uses this node's name.
  case namesakeHeard(session: UInt64, source: UInt32)
  /// A link does not take heartbeats.
  case sendFailed(link: Int, errno: Int32)
  /// Nothing can be heard on a link, or no answer to a probe where there is none.
  case listenFailed(link: Int?, errno: Int32)
  /// A link takes heartbeats again.
  case sendRecovered(link: Int)
  /// Heartbeats leave from another address on a link; 0.0.0.0 where its device has none of its own.
  case sourceChanged(link: Int, address: IPv4Number)
  /// An authentic heartbeat of this node came over a link from this Ethernet address with a shared address for its
  /// source, which this host has, too: the kernel drops it.
  case martian(link: Int, node: Tag, hardware: EthernetAddress, source: IPv4Number)
  /// SCHED_FIFO was refused.
  case realtimeRefused(errno: Int32)
  /// The core is done.
  case finished
}
