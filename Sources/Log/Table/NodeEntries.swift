/// What is known of the other nodes.
extension MessageKind.Entry {
  static let joined = Self(
    topic: .node, id: "931d0d4b645f4c0782252c6dae65b8a4", priority: .notice, pace: .sparse,
    subject: "A node is here",
    meaning: "A node was heard for the first time since this agent started, or after it was restarted.",
    advice: nil)

  static let late = Self(
    topic: .node, id: "fb03588cda6b4defb7cc47ac4cc43dc6", priority: .warning, pace: .sparse,
    subject: "A node is late",
    meaning: "A node has been silent for warntime. Nothing is done about it before deadtime.",
    advice: """
      If it happens often, deadtime is too short for this network or these hosts, or heartbeats are lost: look at \
      the load of the node and at the network between the two.
      """)

  static let onTime = Self(
    topic: .node, id: "fb40a61f911443f3997f07d5e9efb0e8", priority: .notice, pace: .sparse,
    subject: "A late node is heard again",
    meaning: "A node that was late was heard again before its deadtime.",
    advice: nil)

  static let dead = Self(
    topic: .node, id: "c6e978282e2e4d72842ae06b04d0f7ea", priority: .warning, pace: .sparse,
    subject: "A node is dead",
    meaning: """
      A node has been silent for deadtime. Whatever it held is taken over once nobody answers for it on the wire.
      """,
    advice: "Find out what happened to the node: its power, its cable, its agent's log.")

  static let returned = Self(
    topic: .node, id: "eb069a91a0ba4d938bda912fceb5cd39", priority: .warning, pace: .sparse,
    subject: "A dead node is heard again and was not restarted",
    meaning: """
      The node had been alive all the time: the network was cut, its agent stood still, or deadtime is too short.
      """,
    advice: "Look for the cut or for what held the node up; if there was none, choose a longer deadtime.")

  static let left = Self(
    topic: .node, id: "108360d1e5b044fd8b4032c32fa66ea4", priority: .notice, pace: .sparse,
    subject: "A node has said goodbye",
    meaning: "The node's agent was stopped in order.",
    advice: nil)

  static let restarting = Self(
    topic: .node, id: "3054f7d955564a05aac63efb3e2a0e2c", priority: .notice, pace: .sparse,
    subject: "A node restarts its agent",
    meaning: """
      The node's agent ends and leaves its addresses to a successor on the same host. Nobody takes them before their \
      lease is over.
      """,
    advice: nil)

  static let silentInRestart = Self(
    topic: .node, id: "2a48b81f287a4da490ff38387f4396df", priority: .notice, pace: .sparse,
    subject: "A node that restarts its agent is silent",
    meaning: """
      The node has been silent for deadtime, which it has announced: its agent restarts. What it held stays in its kernel for \
      as long as its lease, and nobody takes it before.
      """,
    advice: nil)

  static let unheard = Self(
    topic: .node, id: "c2ac82eb4bfd43098ee25309fec356b4", priority: .error, pace: .sparse,
    subject: "A node does not hear this one",
    meaning: """
      The node is heard, but its heartbeats show that it has not heard this node for deadtime: heartbeats pass one \
      way only.
      """,
    advice: """
      Open the UDP port in the other node's firewall, and see whether the network carries this node's broadcasts to \
      it (`tcpdump -ni DEVICE udp port PORT` on the other node).
      """)

  static let heardAgain = Self(
    topic: .node, id: "c270be6198e14e71ab0ba57f854cf7ca", priority: .notice, pace: .sparse,
    subject: "A node hears this one again",
    meaning: "Heartbeats pass both ways again.",
    advice: nil)

  static let unproven = Self(
    topic: .node, id: "d6d569d5db034c7da29039f2a2747bf1", priority: .error, pace: .sparse,
    subject: "Heartbeats in a node's name prove nothing",
    meaning: """
      Authentic heartbeats come in the name of a node, but they do not answer to this agent's: the node does not \
      hear this one, or somebody replays a recording. They are not trusted; while they last, no group is taken that \
      the node may hold.
      """,
    advice: """
      Open the UDP port in that node's firewall. If the node is off, look for the host that sends in its name.
      """)

  static let configurationDiffers = Self(
    topic: .node, id: "66b27f3b308f45138252e5b0f2db46c3", priority: .error, pace: .sparse,
    subject: "The configurations of two nodes differ",
    meaning: """
      The other node runs with another configuration: the fingerprints of what the nodes have to agree on differ.
      """,
    advice: "Make the files equal, and reload both agents (`systemctl reload vipagent`).")

  static let configurationAgrees = Self(
    topic: .node, id: "d2f32c4ffb1b4852a3bd9855699be916", priority: .notice, pace: .sparse,
    subject: "The configurations agree again",
    meaning: "The other node's configuration has the same fingerprint as this node's again.",
    advice: nil)

  static let timingDiffers = Self(
    topic: .node, id: "475106e9c5fd4b02bd8c3d7d7c7f6a08", priority: .error, pace: .sparse,
    subject: "A node has other times",
    meaning: """
      The other node's heartbeats announce another keepalive or deadtime than this configuration has. Its silence is borne for as long \
      as it announces, but for no longer than ten deadtimes of this node.
      """,
    advice: "Make the files equal, and reload both agents (`systemctl reload vipagent`).")

  static let unknownNode = Self(
    topic: .node, id: "104a23eb8a28444e9a6812f9e9757ca5", priority: .error, pace: .sparse,
    subject: "A node that is not in the configuration signs with our key",
    meaning: "Authentic heartbeats come from a node that this configuration does not name. They are dropped.",
    advice: """
      Add the node as [[node]] on all nodes and reload them; or give it another cluster name or another key.
      """)

  static let namesake = Self(
    topic: .node, id: "17e17de39a8a424b91e30c98ac1157f7", priority: .error, pace: .sparse,
    subject: "Two agents have the same name",
    meaning: """
      Another agent signs with the cluster's key under this node's name. As long as it is heard, this node takes no \
      address.
      """,
    advice: """
      Give one of the two hosts another name (`uname -n`), or stop the agent that is there by mistake: a cloned \
      machine, a copied configuration.
      """)
}
