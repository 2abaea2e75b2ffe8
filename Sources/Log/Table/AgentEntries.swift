/// What an operator starts, stops and reloads.
extension MessageKind.Entry {
  static let started = Self(
    topic: .agent, id: "ca47a127fe9b455c97ad3fc82cb5cf19", priority: .notice, pace: .always,
    subject: "The agent has started",
    meaning: """
      The agent has read its configuration and opened its sockets. It listens now; it takes no address before it has \
      heard every node, or listened for initdead.
      """,
    advice: nil)

  static let stopRequested = Self(
    topic: .agent, id: "43448d3e59bf4fcc87a3a51621cf8d6a", priority: .notice, pace: .always,
    subject: "The agent was told to stop",
    meaning: """
      SIGTERM or SIGINT came. The agent hands over what another node can take, removes the rest, and says goodbye to \
      the others.
      """,
    advice: nil)

  static let successorWouldFail = Self(
    topic: .agent, id: "5aa29ed79411437eb1ebe7c61bee0449", priority: .error, pace: .always,
    subject: "A restart is asked for that would fail",
    meaning: """
      The agent was told to leave its addresses to a successor (SIGUSR1), but with the configuration or the key file as they are now none would start. So it hands \
      its groups over, as when it is stopped, instead of leaving them to nobody until their lease ends.
      """,
    advice: "Mend what the line names (`vipagent check`), and start the agent.")

  static let restartRequested = Self(
    topic: .agent, id: "090b33421c2a495ba8e8469f80fb3d54", priority: .notice, pace: .always,
    subject: "The agent was told to make room for a successor",
    meaning: "SIGUSR1 came. The agent ends and leaves its addresses in the kernel, under their leases.",
    advice: "Start another agent before the lease ends: it adopts the addresses, and nothing moves.")

  static let stopped = Self(
    topic: .agent, id: "9ead44248f814a6289ee6498499863cc", priority: .notice, pace: .always,
    subject: "The agent has stopped",
    meaning: """
      The agent has come to its end in order. Its addresses are gone from this host, unless the line says that they \
      are left to a successor.
      """,
    advice: nil)

  static let stoppedUnfinished = Self(
    topic: .agent, id: "c9b1cc0a24354f85961c44b47f2663f7", priority: .critical, pace: .always,
    subject: "The agent ended before everything was let go of",
    meaning: """
      One of the agent's threads did not finish in time after the signal, and the agent ended without it. Addresses \
      may be left in the kernel until their lease ends.
      """,
    advice: """
      Run `ip address` to see whether an address is left, and `vipagent release --config FILE` to remove it. What \
      stood in the way is usually in the lines before: a kernel that does not answer.
      """)

  static let counted = Self(
    topic: .agent, id: "23deafbcf0a74d5f8ce819a8c4a1a4f8", priority: .informational, pace: .always,
    subject: "What was sent, heard and dropped since the start",
    meaning: "The counters of the heartbeat thread, said once at the end.",
    advice: nil)

  static let reloaded = Self(
    topic: .agent, id: "a1cb63e4aaf74736906ce8ca9ba320bc", priority: .notice, pace: .always,
    subject: "A new configuration is in force",
    meaning: """
      SIGHUP or `vipagent reload` came, and the configuration and the keys were read anew. What both configurations hold \
      did not move. What has changed is in the lines after this one.
      """,
    advice: nil)

  static let reloadRefused = Self(
    topic: .agent, id: "7fc2d6232371446e8c55802e708430cb", priority: .error, pace: .always,
    subject: "The new configuration was refused",
    meaning: """
      SIGHUP came, but the configuration or the key file has a fault, or a socket could not be opened for it. The \
      running configuration stays in force, wholly.
      """,
    advice: """
      Put right what the line names; `vipagent check --config FILE` says whether it is enough. Then reload again.
      """)

  static let reloadChanged = Self(
    topic: .agent, id: "1bbdf26d481377f4ef7ca04b06235492", priority: .notice, pace: .always,
    subject: "A reload has changed something",
    meaning: """
      A setting, a group or an address is not what it was before the reload. Each change has a line, up to 64 of them; \
      `vipagent reload` prints them, too.
      """,
    advice: nil)

  static let reloadNeedsRestart = Self(
    topic: .agent, id: "8a72c8dc852c4d60b6e9861eeb18e7cd", priority: .warning, pace: .always,
    subject: "A part of the new configuration waits for a restart",
    meaning: "realtime and rtprio are settled once, when the heartbeat thread starts.",
    advice: "Restart the agent when it suits you: SIGUSR1 and a new start within the lease move nothing.")

  static let memoryNotLocked = Self(
    topic: .agent, id: "332421d6ab174ac6af27a49fa280b4f3", priority: .warning, pace: .steady,
    subject: "The agent's memory is not locked",
    meaning: """
      mlockall(2) was refused. When memory runs short the kernel may page the agent out, and a heartbeat may then be \
      late.
      """,
    advice: "Give the agent CAP_IPC_LOCK, or raise RLIMIT_MEMLOCK (LimitMEMLOCK=infinity in the unit).")

  static let realtimeRefused = Self(
    topic: .agent, id: "86bb5ddf46284d45ba1a3e2cfe888b91", priority: .warning, pace: .steady,
    subject: "The heartbeat thread has no realtime priority",
    meaning: "SCHED_FIFO was refused. On a busy host heartbeats may be late.",
    advice: """
      Give the agent CAP_SYS_NICE, or raise RLIMIT_RTPRIO (LimitRTPRIO=99 in the unit); or set realtime = false.
      """)

  static let threadHangs = Self(
    topic: .agent, id: "6960991a165c4a21893a9a3cdc26acd0", priority: .critical, pace: .steady,
    subject: "The heartbeat thread does not answer",
    meaning: "The heartbeat thread took no command. The running configuration stays in force.",
    advice: """
      If it lasts, the host is overloaded beyond use, or this is a fault of vipagent: restart the agent, and report \
      it with the log.
      """)

  static let reportsLost = Self(
    topic: .agent, id: "85bad2cee72d45f8ad9117d2acc17597", priority: .warning, pace: .steady,
    subject: "Reports of the heartbeat thread are missing",
    meaning: """
      The heartbeat thread had more to report than the main thread could put into words. It does not wait; what did \
      not fit is missing here.
      """,
    advice: """
      If it happens again and again, look for what floods the network or starves the host; the lines around this one \
      tell.
      """)

  static let standbyBegan = Self(
    topic: .agent, id: "88e993c83cc54a54ba4fdbe90ddab659", priority: .notice, pace: .steady,
    subject: "This node was put on standby",
    meaning: """
      An operator wants this node to own nothing. It hands over what another node can take, and until it is made \
      available again takes only what nobody else can; after a restart of the agent or of the host, too.
      """,
    advice: "Make the node available again after the maintenance.")

  static let standbyEnded = Self(
    topic: .agent, id: "79a390e1a8504bf8a1149139ee7336df", priority: .notice, pace: .steady,
    subject: "This node is available again",
    meaning: "An operator has ended the standby. With auto_failback the groups that prefer this node come back.",
    advice: nil)

  static let standbyRefused = Self(
    topic: .agent, id: "e29556daf8a14f94a95da2434befe136", priority: .error, pace: .steady,
    subject: "A group could not be handed over for a standby",
    meaning: """
      An operator wants this node on standby, but no other node could take this group. The node keeps it until one \
      can: an address that is served beats an order.
      """,
    advice: """
      See why no other node can take it: is its agent running, its device up, its configuration the same? Put that \
      right.
      """)

  static let standbyRemembered = Self(
    topic: .agent, id: "4198208ab85549f1a31b5371e7ab8920", priority: .notice, pace: .steady,
    subject: "This node is still on standby",
    meaning: """
      An operator had put this node on standby when a former agent ran, and has not made it available since. A file says \
      so, `standby` in the folder that systemd calls StateDirectory=.
      """,
    advice: "Make the node available again after the maintenance.")

  static let standbyForgotten = Self(
    topic: .agent, id: "f2048cea64174ed88dda996ef0ec5327", priority: .warning, pace: .steady,
    subject: "The next agent will not know what is on standby",
    meaning: """
      What an operator has put on standby, or made available, could not be written to a file, or not be read from it. The \
      next agent does what the file says; where there is none, it takes part in everything.
      """,
    advice: """
      The error says why. The unit of the package has StateDirectory=vipagent; whoever starts the agent otherwise sets \
      STATE_DIRECTORY to a folder that it may write to.
      """)

  static let controlUnavailable = Self(
    topic: .agent, id: "f0dbd83a870346eebb40a221dec458cb", priority: .error, pace: .steady,
    subject: "The control socket could not be opened",
    meaning: "The agent runs, but `vipagent status` and the other commands that talk to it do not work.",
    advice: """
      The error says why: a folder that is not there, a path that another program has. Put it right and reload.
      """)

  static let serviceManagerUnavailable = Self(
    topic: .agent, id: "8eb07d93e2594cbb8bec8fd1c9ef8365", priority: .warning, pace: .always,
    subject: "The service manager cannot be told anything",
    meaning: """
      `NOTIFY_SOCKET` names a socket of a kind that the agent does not speak to. The agent runs, but whoever has started \
      it does not hear when it is ready.
      """,
    advice: """
      The error says why. Let the service manager give it the path of a UNIX socket, or an abstract one, or none.
      """)

  static let metricsListening = Self(
    topic: .agent, id: "876368619f654d478e0e1c90a1fbb400", priority: .notice, pace: .steady,
    subject: "Metrics are served over HTTP, or no longer",
    meaning: "`[metrics] listen` says where; a reload opens, moves and closes the port.", advice: nil)

  static let metricsUnavailable = Self(
    topic: .agent, id: "c263de0ecf7e4b04a117687c223df83e", priority: .error, pace: .steady,
    subject: "The port for metrics could not be opened",
    meaning: "The agent runs, but Prometheus cannot fetch its metrics over HTTP. `vipagent metrics` still prints them.",
    advice: """
      The error says why: EADDRINUSE means that another program has the port. End it or choose another port, and reload.
      """)

  static let groupStandbyBegan = Self(
    topic: .agent, id: "e8407d1b0de04654ad90437ae1a1838e", priority: .notice, pace: .always,
    subject: "This node was put on standby for a group",
    meaning: """
      An operator wants this node not to own the group. Until it is made available for it again the node takes it only \
      if nobody else can; after a restart of the agent or of the host, too.
      """,
    advice: "Make the node available for the group again after the maintenance.")

  static let groupStandbyEnded = Self(
    topic: .agent, id: "1dbbccbef44d429789b22ec07a99f346", priority: .notice, pace: .always,
    subject: "This node is available for a group again",
    meaning: "An operator has ended the standby for the group.",
    advice: nil)

  static let requestAccepted = Self(
    topic: .agent, id: "c04a1abd3c60487f8b3970b427a21f4d", priority: .notice, pace: .always,
    subject: "The operator's request is taken up",
    meaning: "The node can do what the operator asks for, and has begun to.",
    advice: nil)

  static let requestRefused = Self(
    topic: .agent, id: "e6b4980da16e4a91bff02fa25ea1becd", priority: .warning, pace: .always,
    subject: "The operator's request is refused",
    meaning: "The node cannot do what the operator asks for. Nothing has changed.",
    advice: "The reason in the line says what is in the way; `vipagent status` shows what each node could take.")

  static let requestFulfilled = Self(
    topic: .agent, id: "2118828c28ff4e1ab94fbed0314c0818", priority: .notice, pace: .always,
    subject: "What the operator asked for is done",
    meaning: "The group is where the operator wants it.",
    advice: nil)

  static let requestUnfulfilled = Self(
    topic: .agent, id: "8b075b61740648f9a257e6dcaa3faa6c", priority: .error, pace: .always,
    subject: "What the operator asked for did not come about",
    meaning: "The request was taken up, but the group did not move in time, or something else came first.",
    advice: "The reason in the line and the lines before say what was in the way; ask again when that is gone.")
}
