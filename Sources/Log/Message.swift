/// Something that happened, told once: what kind of thing it is, a sentence for people, and the facts for programs.
///
/// Whoever speaks makes it with a function of his own (`Message.reloaded(…)`), so that the words of a kind stand in
/// one place.
package struct Message: Equatable, Sendable {
  package let kind: MessageKind
  /// One sentence: who, what, why, how long.
  package let text: String
  /// What the sentence is about, in no other words than the configuration's and the kernel's.
  package let fields: MessageFields

  package init(_ kind: MessageKind, _ text: String, _ fields: MessageFields = [:]) {
    self.kind = kind
    self.text = text
    self.fields = fields
  }
}

/// The facts of a message, in order; a field may be there several times, such as the addresses of a group.
package struct MessageFields: Equatable, Sendable, ExpressibleByDictionaryLiteral {
  /// One fact.
  package struct Entry: Equatable, Sendable {
    package let field: MessageField
    package let value: String
  }

  package private(set) var entries: [Entry]

  /// A field whose value is nil is left out.
  package init(dictionaryLiteral elements: (MessageField, String?)...) {
    entries = elements.compactMap { field, value in value.map { Entry(field: field, value: $0) } }
  }

  /// The first value of a field; nil where the message has none.
  subscript(field: MessageField) -> String? { entries.first { $0.field == field }?.value }

  /// Adds a fact at the end.
  package mutating func add(_ field: MessageField, _ value: String) {
    entries.append(Entry(field: field, value: value))
  }

  /// The facts of both, one after the other.
  package static func + (one: Self, other: Self) -> Self {
    var both = one
    both.entries += other.entries
    return both
  }
}

/// A fact that journald keeps beside a line, under this name; `journalctl VIPAGENT_GROUP=director` finds it.
package enum MessageField: String, CaseIterable, Sendable {
  /// The group's name.
  case group = "VIPAGENT_GROUP"
  /// The other node's name, as the configuration has it.
  case peer = "VIPAGENT_PEER"
  /// An address with the length of its prefix; once for each of the group's first eight.
  case address = "VIPAGENT_ADDRESS"
  /// How many addresses the group has, where it has more than eight.
  case addresses = "VIPAGENT_ADDRESSES"
  /// A network device; once for each.
  case device = "VIPAGENT_DEVICE"
  /// The claim's number.
  case term = "VIPAGENT_TERM"
  /// The group's role before: listening, backup, claiming, owner, releasing, faulted.
  case from = "VIPAGENT_FROM"
  /// The group's role after.
  case to = "VIPAGENT_TO"
  /// Why the role changed, in a word that does not change between versions: ownerDead, failBack, …
  case reason = "VIPAGENT_REASON"
  /// How long a node was silent or this one stood still, in microseconds.
  case silence = "VIPAGENT_SILENCE_USEC"
  /// How many heartbeats were missed.
  case missed = "VIPAGENT_MISSED"
  /// How long the claim took from the decision to the first announcement, in microseconds.
  case elapsed = "VIPAGENT_ELAPSED_USEC"
  /// How long the node has held the group, in microseconds.
  case held = "VIPAGENT_HELD_USEC"
  /// An Ethernet address.
  case hardware = "VIPAGENT_HARDWARE"
  /// The IPv4 address that a datagram came from.
  case source = "VIPAGENT_SOURCE"
  /// A session of an agent, hexadecimal.
  case session = "VIPAGENT_SESSION"
  /// The tag of a node that the configuration does not name, hexadecimal.
  case tag = "VIPAGENT_TAG"
  /// A configuration's fingerprint, hexadecimal.
  case fingerprint = "VIPAGENT_FINGERPRINT"
  /// How many: datagrams, lines, losses, failures.
  case count = "VIPAGENT_COUNT"
  /// What the kernel or a part of the agent said.
  case error = "VIPAGENT_ERROR"
  /// What the operator asks for: standby, available, takeover, failBack.
  case request = "VIPAGENT_REQUEST"
  /// The user who has asked for it, by number.
  case operatorUser = "VIPAGENT_OPERATOR_UID"
  /// As whom he has logged in, by number (audit's loginuid).
  case operatorLogin = "VIPAGENT_OPERATOR_LOGINUID"
  /// His process.
  case operatorProcess = "VIPAGENT_OPERATOR_PID"
  /// What of the configuration has changed: heartbeat.keepalive, group.lease, …
  case setting = "VIPAGENT_SETTING"
  /// What it was before; none where it is new.
  case before = "VIPAGENT_BEFORE"
  /// What it is now; none where it is gone.
  case after = "VIPAGENT_AFTER"
  /// How a node has become the owner: start, planned, unplanned.
  case takeover = "VIPAGENT_TAKEOVER"
  /// The signal that was obeyed.
  case signal = "VIPAGENT_SIGNAL"
  /// The program's version.
  case version = "VIPAGENT_VERSION"
  /// So many lines of the same kind, about the same group, node or device, were left out before this one.
  case leftOut = "VIPAGENT_LEFT_OUT"
}
