/// What the heartbeat port brings and does not bring.
extension MessageKind.Entry {
  static let sendFailed = Self(
    topic: .network, id: "e804ef68bf16499ca95a4599441d78e2", priority: .error, pace: .sparse,
    subject: "No heartbeat leaves on a device",
    meaning: """
      The kernel takes no heartbeat for this device. If it is the only one, the other nodes will take this node for \
      dead.
      """,
    advice: "Look at the device: `ip link show DEVICE`, its cable, and the firewall's output rules (EPERM).")

  static let sendRecovered = Self(
    topic: .network, id: "8955fec20bdf422ab770d74820555b52", priority: .notice, pace: .sparse,
    subject: "Heartbeats leave on a device again",
    meaning: "The kernel takes heartbeats for this device again.",
    advice: nil)

  static let listenFailed = Self(
    topic: .network, id: "fabbbd4d473a4403b2d95dcc383db530", priority: .error, pace: .sparse,
    subject: "Heartbeats or ARP answers cannot be heard",
    meaning: """
      A socket could not be made ready to hear what comes in on a device. Heartbeats still leave. Without the others' heartbeats this \
      node takes them for dead; without ARP answers it takes no group before a lease has ended.
      """,
    advice:
      "Look at the error: memory for socket filters (net.core.optmem_max), file descriptors (LimitNOFILE=). Then reload the agent."
  )

  static let sourceMissing = Self(
    topic: .network, id: "b7c16df8a4ba43a3acf02a671abdba4a", priority: .warning, pace: .sparse,
    subject: "A heartbeat device has no address of its own",
    meaning: """
      Heartbeats leave from 0.0.0.0 on this device, never from a shared address. At the start this node is not ready \
      before one of its heartbeat devices has an address of its own: if the shared address came first, it would be the \
      subnet's first, and the host would speak to others from it. Where an address is lost later everything goes on.
      """,
    advice: """
      Wait for the DHCP server, or look for it (`ip address show DEVICE`). Where heartbeat devices have no addresses by \
      design set `unnumbered = true` in `[heartbeat]`. A firewall that lets heartbeats in by their source must let \
      0.0.0.0 in, too.
      """)

  static let sourceFound = Self(
    topic: .network, id: "9cfe884ea48442f2b93e35dc0d63698a", priority: .notice, pace: .sparse,
    subject: "A heartbeat device has an address of its own now",
    meaning: "Heartbeats leave from this address on this device, and the node can be ready.",
    advice: nil)

  static let sharedSource = Self(
    topic: .network, id: "43d1b0505a334badad7b847e9758f067", priority: .error, pace: .sparse,
    subject: "A node sends heartbeats from a shared address",
    meaning: """
      The kernel drops what seems to come from an address of this host itself. A packet socket has heard these \
      heartbeats; they do not count. Two nodes that both have the address do not hear each other, and both keep it.
      """,
    advice: """
      On that node: install this version, which never does so, and look for a rule that changes the source of what \
      leaves (`nft list ruleset`, snat or masquerade); exempt the heartbeats' UDP port from it.
      """)

  static let notOnHost = Self(
    topic: .network, id: "735690d951e64be5b6a388c2663fe205", priority: .warning, pace: .always,
    subject: "The host lacks what the configuration names",
    meaning: """
      The configuration names a device, a user or a group that the host does not have now. The agent goes on without \
      it; a device is used as soon as it comes.
      """,
    advice: """
      If it does not come by itself, look for a misspelt name, or for a driver that was not loaded (`ip link`).
      """)

  static let doubtful = Self(
    topic: .network, id: "8381aea92b804a6dbadcf30622a85e6e", priority: .warning, pace: .always,
    subject: "The configuration does something on this host that may not be meant",
    meaning: """
      An address goes on a device that has no neighbours, so that nobody learns of it by ARP; or the prefix of an address is \
      longer than that of the host's own one, so that the kernel chooses the shared address as the source of connections.
      """,
    advice: "`vipagent check` says the same, with what to write instead. If it is meant, nothing need be done.")

  static let deviceCame = Self(
    topic: .network, id: "d75ff7e845744984b2030936ac3b9845", priority: .notice, pace: .steady,
    subject: "A heartbeat device has come",
    meaning: """
      A device that heartbeats go over has come, or was replaced by another of the same name. Its socket was opened \
      anew.
      """,
    advice: nil)

  static let deviceNotOpened = Self(
    topic: .network, id: "167825c96db948f48f21b59f4e1c7e0d", priority: .error, pace: .sparse,
    subject: "A heartbeat device could not be opened",
    meaning: "A device that heartbeats go over has come, but no socket could be bound to it.",
    advice: """
      The error tells: EADDRINUSE means that another program has the port, EPERM that the agent lacks CAP_NET_RAW.
      """)

  static let deviceCarriesNothing = Self(
    topic: .network, id: "ec68314abab04e72be1895511c87e8c8", priority: .warning, pace: .sparse,
    subject: "A device has no carrier, or is down",
    meaning: """
      A device of the configuration carries nothing: its cable is pulled, the switch port or the other end is off, or somebody has \
      set it down. Groups with addresses on it are let go of here; over it no heartbeat comes or goes.
      """,
    advice: "See to the cable and the switch port, or set the device up: `ip link set DEVICE up`.")

  static let deviceCarries = Self(
    topic: .network, id: "dc106798396840a483775f33f1214967", priority: .notice, pace: .sparse,
    subject: "A device is up again, with carrier",
    meaning: "A device of the configuration that carried nothing is up again.",
    advice: nil)

  static let wrongSignature = Self(
    topic: .network, id: "ce45c8e22a7446138a2d5dcb942b21c3", priority: .error, pace: .sparse,
    subject: "Heartbeats with a wrong signature were dropped",
    meaning: """
      Datagrams came for this cluster whose signature does not fit the key of that number: another secret, or a \
      forgery.
      """,
    advice: """
      Copy the key file to all nodes and reload them. If all nodes have the same file, somebody forges: look for the \
      sender.
      """)

  static let unknownKey = Self(
    topic: .network, id: "b817153458314e51bbaf7626bded2adf", priority: .error, pace: .sparse,
    subject: "Heartbeats signed with an unknown key were dropped",
    meaning: "Datagrams came that are signed with a key number that this node's key file does not hold.",
    advice: "Copy the key file to all nodes and reload them, before any of them signs with the new key.")

  static let otherCluster = Self(
    topic: .network, id: "d3d7c8cb74df4a15b5e951b2004dbd40", priority: .informational, pace: .sparse,
    subject: "Heartbeats of another cluster were dropped",
    meaning: "Another cluster uses the same network and the same port. That is harmless.",
    advice: "Give each cluster on a network its own udpport to spare both the work.")

  static let namedAlike = Self(
    topic: .network, id: "0f0fa76cf151418bbed619da97989100", priority: .warning, pace: .sparse,
    subject: "Another cluster has the same name",
    meaning: """
      Heartbeats for a cluster of this name came from a node that the configuration does not have, signed with other keys. \
      They are dropped. The name of the node is read before it is proven, so somebody may have made it up.
      """,
    advice: """
      Give one of the two clusters another name, or a udpport of its own. If it is a node of this cluster, give it the key \
      file and add it as [[node]].
      """)

  static let otherVersion = Self(
    topic: .network, id: "f6140714767349908fcd92dd465f8b35", priority: .error, pace: .sparse,
    subject: "Heartbeats of another version were dropped",
    meaning: "An agent on the network speaks another version of the protocol.",
    advice: "Install one version on all nodes.")

  static let notHeartbeat = Self(
    topic: .network, id: "9a514d6c8385450896b6e3040b02467f", priority: .warning, pace: .sparse,
    subject: "Datagrams that are no heartbeats were dropped",
    meaning: "Another program sends to the heartbeat port.",
    advice: "Give vipagent a udpport of its own, or keep the other program off it with a firewall.")

  static let wrongLength = Self(
    topic: .network, id: "4e8995622f3845c8996daa9ada4e0e92", priority: .warning, pace: .sparse,
    subject: "Datagrams of a wrong length were dropped",
    meaning: "Datagrams came that are shorter or longer than they say themselves: cut on the way, or made up.",
    advice: """
      Look for the sender; if it is a node of yours, look for what damages its packets (MTU, tunnel, network card).
      """)

  static let forbiddenValue = Self(
    topic: .network, id: "2c8eaf7bde5e4ef2a7ae01483ff079d4", priority: .error, pace: .sparse,
    subject: "Heartbeats with a forbidden value were dropped",
    meaning: """
      Authentic heartbeats came with a value that the protocol does not allow: the sender has the key, but is not a \
      sound vipagent.
      """,
    advice: """
      Install one version on all nodes. If they have it, report this with the log, and consider the key as leaked.
      """)

  static let replayed = Self(
    topic: .network, id: "5b5740423a234f0a803ef3f325c4fccb", priority: .error, pace: .sparse,
    subject: "Recorded heartbeats of a former session were dropped",
    meaning: """
      Somebody sends heartbeats again that a node sent in a former session. They are recognised and do no harm.
      """,
    advice: "Look for the sender: somebody records your network. A loop in the network can do the same.")
}
