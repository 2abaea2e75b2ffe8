extension Section {
  /// The document's tables in their order. Less is better everywhere.
  static let all: [Section] = [
    Section(
      title: "Power loss", fault: .powerloss,
      text: """
        The owner's cable is cut and all its processes are killed in the same instant. Outage: what a client sees that \
        asks for an echo every millisecond. Everybody is dead after three times keepalive.
        """,
      measures: [.init(title: "outage, ms", key: "outage_ms")], plot: "outage"),
    Section(
      title: "Planned stop and return", fault: .stop,
      text: """
        The owner's agent gets SIGTERM and ends; when the other has had the address for two seconds it is started again and \
        takes the address back. The client asks 10,000 times a second.
        """,
      measures: [
        .init(title: "stop: requests lost", key: "lost"), .init(title: "stop: outage, ms", key: "outage_ms"),
        .init(title: "return: requests lost", key: "back_lost"),
        .init(title: "return: outage, ms", key: "back_outage_ms"),
      ]),
    Section(
      title: "SIGKILL of the agent", fault: .kill,
      text: """
        All processes of the owner's agent are killed, the host stays up, nobody starts the agent again. Looked at for ten \
        seconds: an address that is on both hosts until the end is on both for good.
        """,
      measures: [
        .init(title: "both hosts have the address, ms of 10,000", key: "double_ms"),
        .init(title: "outage, ms", key: "outage_ms"),
      ]),
    Section(
      title: "SIGSTOP of the agent", fault: .freeze,
      text: "All processes of the owner's agent stand still for five seconds and go on; looked at for ten more.",
      measures: [
        .init(title: "both hosts have the address, ms", key: "double_ms"),
        .init(title: "outages together, ms", key: "outages_ms"),
      ]),
    Section(
      title: "Partition and heal", fault: .partition,
      text: """
        For ten seconds nothing passes between the two hosts while the client reaches both; then all passes again. Both must \
        take the address meanwhile, neither can know of the other. From the moment of healing:
        """,
      measures: [
        .init(title: "outages after healing, ms", key: "outages_ms"),
        .init(title: "both hosts still have the address, ms", key: "double_ms"),
      ]),
    Section(
      title: "Lost heartbeats", fault: .loss,
      text: "The switch loses 30 % of the heartbeats, both ways, at random, for a minute.",
      measures: [
        .init(title: "moves", key: "moves"), .init(title: "outages together, ms", key: "outages_ms"),
        .init(title: "both hosts have the address, ms", key: "double_ms"),
      ]),
    Section(
      title: "Many addresses", fault: .addresses,
      text: """
        Power loss of a host with many addresses in one subnet. Measured on the host that takes over: from the first address \
        that its kernel has to the first gratuitous ARP of the last one on the wire. Times below half a millisecond are those \
        of a sleeping processor that has to see the first address. "kernel alone" is one program that adds as many addresses \
        in batches and does nothing else, in the same run.
        """,
      measures: [
        .init(title: "first added to last announced, ms", key: "all_ms"),
        .init(title: "kernel alone, ms", key: "kernel_ms", isJudged: false),
        .init(title: "first added to last announced, times kernel alone", key: "kernel_ratio"),
        .init(title: "power loss to last announced, ms", key: "served_ms"),
      ], plot: "addresses"),
    Section(
      title: "Cost", fault: .cost,
      text: """
        Nothing happens, no client asks. CPU time of all the agent's threads and processes; frames and bytes of both hosts \
        together. Only vipagent's backup speaks, so that the owner knows whether it is there; only vipagent and heartbeat sign \
        what they say. PSS is that of an agent alone, over all its processes.
        """,
      measures: [
        .init(title: "CPU of the owner, s a minute", key: "owner_cpu_s_per_min"),
        .init(title: "CPU of the backup, s a minute", key: "backup_cpu_s_per_min"),
        .init(title: "PSS, KiB", key: "pss_kib"), .init(title: "frames a second", key: "frames_per_s"),
        .init(title: "bytes a second", key: "bytes_per_s"),
      ]),
  ]
}
