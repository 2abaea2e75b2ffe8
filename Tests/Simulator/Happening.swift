import TakeoverCore

/// One thing that a story can tell.
package struct Happening {
  package enum What {
    /// In words: of an agent's life, of a machine's power, of what a kernel does by itself.
    case noted(String)
    case began(Fault)
    case healed(Fault)
    case reported(Report)
    /// The kernel has the group's addresses, or has them no longer.
    case held(Int, Bool)
    /// A round of announcements has left.
    case announced(Int)
    /// The host asks the wire by ARP, or by an ICMP echo.
    case asked
    case echoed
    /// The host's question is being answered.
    case answered(Int, by: EthernetAddress, isEcho: Bool)
  }

  package let at: Instant
  package let host: Int?
  package let what: What
  /// Of a report that a group changed its state: the group's number in the world.
  package var group: Int?
}
