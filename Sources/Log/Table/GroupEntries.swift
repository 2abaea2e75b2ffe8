/// What becomes of an address.
extension MessageKind.Entry {
  static let listening = Self(
    topic: .group, id: "3b3e50d411d84c20a4897848c7c46cf5", priority: .notice, pace: .steady,
    subject: "A group listens",
    meaning: """
      The node has begun to listen for who holds the group, and takes no part in elections until it has heard every \
      node, or listened for initdead; after a short stall, for twice as long as it was late.
      """,
    advice: nil)

  static let backup = Self(
    topic: .group, id: "be73e85a986a42588dd52fbf94b2b882", priority: .notice, pace: .steady,
    subject: "This node is a backup for a group",
    meaning: "The node has heard enough to judge, holds none of the group's addresses, and is ready to take them.",
    advice: nil)

  static let taking = Self(
    topic: .group, id: "be58f5cc72e64c0dac42ca36561ceca4", priority: .notice, pace: .steady,
    subject: "A group is being taken",
    meaning: """
      This node has decided to take the group in good order: nobody holds it, its owner hands it over or has let go. \
      The addresses are being added.
      """,
    advice: nil)

  static let takingOver = Self(
    topic: .group, id: "57b0aaa54d034600b0e596d30ef89dc2", priority: .warning, pace: .steady,
    subject: "A group is being taken from a node that failed",
    meaning: """
      The owner is dead as far as this node can tell, and this node is the best one left. The addresses are being \
      added.
      """,
    advice: "Find out what happened to the other node: its own log, its power, its cable.")

  static let owning = Self(
    topic: .group, id: "126ac4b44e384ee78c47109727e8bdbe", priority: .notice, pace: .steady,
    subject: "This node is the owner of a group",
    meaning: """
      The kernel has confirmed the group's addresses, and each one's first gratuitous ARP has left. Clients reach the \
      addresses here from now on. The line says how long both took; `VIPAGENT_TAKEOVER` says whether the move was \
      planned, and `VIPAGENT_REASON` why it was.
      """,
    advice: nil)

  static let keeping = Self(
    topic: .group, id: "f8e1cbed0fe94bb6b1f31fff8ea74397", priority: .warning, pace: .steady,
    subject: "A group is kept after all",
    meaning: """
      A hand-over did not come about: the node that was to have the group did not take it. This node goes on serving \
      it.
      """,
    advice: "See in the other node's log why it did not take the group.")

  static let handingOver = Self(
    topic: .group, id: "e0804047578b4a6a978b81d5792393ce", priority: .notice, pace: .steady,
    subject: "A group is being handed over",
    meaning: "Another node shall have the group. This node serves it until the other one has announced it.",
    advice: nil)

  static let lettingGo = Self(
    topic: .group, id: "152764f7def4429d8f490967c270225c", priority: .notice, pace: .steady,
    subject: "A group is being let go of",
    meaning: "The group's addresses are being removed from this host, in good order.",
    advice: nil)

  static let withdrawing = Self(
    topic: .group, id: "0164e332fe0146e0808f3a74dfb9af57", priority: .warning, pace: .steady,
    subject: "A group is being given up",
    meaning: """
      The node can no longer vouch for the group: its device or its lease is lost, it stood still, or another node \
      has the better claim. The addresses are being removed.
      """,
    advice: """
      The reason in the line tells where to look: the device, the load of the host, or the network between the \
      nodes.
      """)

  static let cannotHold = Self(
    topic: .group, id: "c1b1aa32c46c46d1815827763f9f6f5a", priority: .error, pace: .steady,
    subject: "This node cannot hold a group",
    meaning: """
      The kernel refused an address, or somebody keeps removing it. The node leaves the group to the others and \
      tries again later.
      """,
    advice: "See the lines before for what the kernel said, and put it right; no restart is needed.")

  static let conflictWon = Self(
    topic: .group, id: "91fbf570fdc64175bbe7bcf6d5e1e768", priority: .error, pace: .sparse,
    subject: "Two nodes hold one group, and this one keeps it",
    meaning: """
      Another node holds the group too, but this node's claim goes before its: the other one lets go within a \
      heartbeat, and this one announces the addresses anew. This happens when a network that was cut is whole again.
      """,
    advice: """
      Find out what cut the nodes off from each other. A second path for heartbeats (another device in bcast) \
      prevents it.
      """)

  static let conflictLost = Self(
    topic: .group, id: "82eed856540945f8acb5d270cb90ba59", priority: .error, pace: .sparse,
    subject: "Two nodes hold one group, and this one lets go",
    meaning: """
      Another node holds the group too, and its claim goes before this node's. This happens when a network that was \
      cut is whole again, or when this node stood still.
      """,
    advice: """
      Find out what cut the nodes off from each other. A second path for heartbeats (another device in bcast) \
      prevents it.
      """)

  static let interfered = Self(
    topic: .group, id: "df4370d2462a43f3b21d7896ff0f1f87", priority: .warning, pace: .sparse,
    subject: "Somebody removed an address",
    meaning: """
      An address of a group that this node holds was removed, and not by the agent. It is being put back at once.
      """,
    advice: """
      Find out who configures the device: an administrator, NetworkManager, systemd-networkd, a script. Keep it from \
      the addresses that the agent holds.
      """)

  static let stormed = Self(
    topic: .group, id: "e581761226a14a758aadeeb131b036a2", priority: .error, pace: .sparse,
    subject: "Somebody keeps removing addresses",
    meaning: """
      Addresses of the group were removed again and again. Putting them back does not help: another node takes the \
      group if there is one, and otherwise they are put back once a second.
      """,
    advice: """
      Find out who configures the device: NetworkManager, systemd-networkd, a script. `ip monitor address` shows the \
      removals as they happen.
      """)

  static let silentOwnerAnswers = Self(
    topic: .group, id: "f2a022d4ec0b4270bf1b51b3e3f8e17b", priority: .error, pace: .sparse,
    subject: "A silent owner still answers for the address",
    meaning: """
      No heartbeats come from the owner, but its kernel still answers ARP for the address: the host lives. Taking \
      the address would make two holders, so this node waits until the answers stop.
      """,
    advice: """
      If the agent runs on the other node, a firewall eats its heartbeats: open the UDP port. If the agent is dead, \
      start it; otherwise the address moves here when its lease ends.
      """)

  static let heardNodeAnswers = Self(
    topic: .group, id: "cc80865d126648b4a6932fec08956341", priority: .error, pace: .sparse,
    subject: "A node that is heard has the address without owning it",
    meaning: """
      The heartbeats of a node say that it does not own the group, or it has said goodbye, but its host answers ARP for an \
      address of it: somebody has put the address there, or it is on a loopback device and arp_ignore is 0. This node does \
      not take it as long as that lasts.
      """,
    advice: """
      Run `vipagent doctor` on that node: it says which device has it, and whether it is the host's own address, so that the \
      group must have another one. Behind a director, set net.ipv4.conf.all.arp_ignore to 1 there, and in /etc/sysctl.d.
      """)

  static let foreignAddress = Self(
    topic: .group, id: "a6b44fd382454446a708283233439a6e", priority: .error, pace: .sparse,
    subject: "This host has a shared address that is not the agent's",
    meaning: """
      Somebody else has put an address of a group on this host, by hand or from the network's own configuration: it lacks the \
      agent's mark. The agent never removes it, and cannot hold the group; the kernel answers for the address, so no other \
      node takes it either.
      """,
    advice: """
      If it is this host's own address, give the group another one: without its own address the host is cut off. If it was put \
      there besides, take it out of the network's configuration, and off the device: `ip address delete ADDRESS dev DEVICE`. \
      `vipagent doctor` tells the two apart.
      """)

  static let foreignAddressGone = Self(
    topic: .group, id: "8839fee3073f4443aae049b00b4866db", priority: .notice, pace: .sparse,
    subject: "A shared address that was not the agent's is gone",
    meaning: "The address that somebody else had put on this host is not here any more.",
    advice: nil)

  static let strangerAnswers = Self(
    topic: .group, id: "de1cb46dd2be4638a775e77a86f9d07f", priority: .alert, pace: .sparse,
    subject: "Address conflict: a stranger has the address",
    meaning: """
      A host that is none of the nodes answers ARP for an address of the group. This node does not take it as long \
      as that lasts. The Ethernet address of a node is known once a heartbeat of it was heard: of one that was not, the \
      message says so.
      """,
    advice: """
      Find the host by its Ethernet address (the switch's forwarding table, `ip neighbour`) and take the address \
      from it. If it is a node of the cluster, a firewall eats its heartbeats: open the UDP port.
      """)

  static let claimHeldBack = Self(
    topic: .group, id: "be1a52c21e7e4effa5143944936becba", priority: .warning, pace: .sparse,
    subject: "A claim is held back",
    meaning: """
      Nobody who is heard holds the group, and this node would take it; but heartbeats that prove nothing say that a node holds it, or a \
      node restarts its agent, or another agent uses this node's name. It waits for as long as that lasts.
      """,
    advice: """
      Open the UDP port in the named node's firewall, or stop the second agent. If the node is off, look for the host that \
      sends in its name. `vipagent takeover --force` does not wait for a node that restarts.
      """)

  static let unasked = Self(
    topic: .group, id: "d2f3016eca1f4dd38d5d8cd5c922f7e0", priority: .warning, pace: .sparse,
    subject: "The wire cannot be asked",
    meaning: """
      The owner is silent, and no ARP probe for the group's addresses can leave: their devices do no ARP (lo, dummy, a tunnel), or \
      refuse to send. That is no silence, so the claim waits for a lease and a second.
      """,
    advice: "None, where the addresses are on such a device on purpose; otherwise see why the device does not send.")

  static let proxyAnswers = Self(
    topic: .group, id: "93ff6c4473a942e9ba944c8e6df20c5e", priority: .warning, pace: .sparse,
    subject: "A proxy answers for a dead owner",
    meaning: """
      Something answers ARP for the address of a dead node, but no echo comes from it: a switch or a router that \
      answers for its port. It does not hold the takeover up for longer than the lease and a second.
      """,
    advice: """
      Switch off proxy ARP or ARP suppression for the address on the network equipment; takeovers are faster then.
      """)

  static let usurped = Self(
    topic: .group, id: "2efad146c36b4e86a16a0fd4064bdbf7", priority: .error, pace: .sparse,
    subject: "A stranger uses an address, and it was defended",
    meaning: """
      A host that is none of the nodes announced an address that this node holds. The address was announced once in \
      return (RFC 5227, section 2.4), which is done every 10 s at most.
      """,
    advice: """
      Find the host by its Ethernet address (the switch's forwarding table, `ip neighbour`) and take the address \
      from it.
      """)

  static let usurpedAgain = Self(
    topic: .group, id: "4427c6d330734414970f9b6df0ff4116", priority: .error, pace: .sparse,
    subject: "A stranger goes on using an address",
    meaning: """
      A host that is none of the nodes announced an address that this node holds, less than 10 s after the address \
      was last defended. Clients may reach the wrong host.
      """,
    advice: """
      Find the host by its Ethernet address (the switch's forwarding table, `ip neighbour`) and take the address \
      from it.
      """)

  static let yieldingLeftover = Self(
    topic: .group, id: "d6a6664ec4c5467d81129e01179f121b", priority: .notice, pace: .steady,
    subject: "An address from an earlier life of the agent is removed",
    meaning: """
      The kernel had the group's addresses from an earlier agent on this host, but another node owns the group now.
      """,
    advice: nil)

  static let stalled = Self(
    topic: .group, id: "e58950a09ae84a4ab5b68cec28fbac9e", priority: .critical, pace: .sparse,
    subject: "The agent was not run for too long",
    meaning: """
      The heartbeat thread was not run for longer than deadtime: the host was suspended or is overloaded, or the \
      agent was stopped. The others may have taken its groups, so it lets go of everything and listens before it \
      says anything.
      """,
    advice: """
      Look for what held the host up: a suspended or migrated virtual machine, a debugger, a load that leaves no \
      processor. If it is the load, allow realtime priority (CAP_SYS_NICE) or choose a longer deadtime.
      """)

  static let endedEarly = Self(
    topic: .group, id: "d5610a26590a464c82cd0e58e982b7f5", priority: .error, pace: .steady,
    subject: "The agent ends before its addresses are confirmed to be gone",
    meaning: "The kernel did not confirm in time that the last addresses were removed.",
    advice: "Run `ip address` to see whether one is left, and `vipagent release --config FILE` to remove it.")
}
