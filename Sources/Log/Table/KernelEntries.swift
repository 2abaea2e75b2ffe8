/// What the kernel says about addresses.
extension MessageKind.Entry {
  static let addressRefused = Self(
    topic: .kernel, id: "80cbc118ed074500b9a8612e982eddfe", priority: .error, pace: .sparse,
    subject: "The kernel refused an address",
    meaning:
      "The kernel did not take an address of the group, or has it already by somebody else, so this node does not take the group.",
    advice: """
      The error says why: EPERM asks for CAP_NET_ADMIN. An address that the host has already, put there by somebody else, \
      stays the host's: take it out of the host's network configuration, or out of vipagent's.
      """)

  static let addressWithoutDevice = Self(
    topic: .kernel, id: "91825f79b97d44b38dc6bd2ba87c97f7", priority: .error, pace: .sparse,
    subject: "An address has no device",
    meaning: "An address of the group cannot be added, because its device is not on this host now.",
    advice: "See why the device is missing (`ip link`); the group can be taken when it is back.")

  static let removalRefused = Self(
    topic: .kernel, id: "c894928b1d5843fdb42f4bdc479bbda3", priority: .critical, pace: .sparse,
    subject: "An address could not be removed",
    meaning: """
      The kernel did not remove an address of the group that this node must let go of. The agent tries again twice a \
      second.
      """,
    advice: """
      Remove the address by hand: `ip address delete ADDRESS dev DEVICE`. Without CAP_NET_ADMIN the agent cannot.
      """)

  static let announcementFailed = Self(
    topic: .kernel, id: "7727e7e8f6b2402a8fd7440bcfdbf857", priority: .warning, pace: .sparse,
    subject: "An address could not be announced",
    meaning: """
      The gratuitous ARP for the group's addresses could not be sent. Clients may look for them at the former owner \
      until their neighbour entries expire. The next announcement is tried in time.
      """,
    advice: "Look at the device; the agent needs CAP_NET_RAW.")

  static let renewalPaused = Self(
    topic: .kernel, id: "d558080bcfa54b0ab3939515701d01fc", priority: .critical, pace: .sparse,
    subject: "Leases are not renewed because the heartbeat thread is late",
    meaning: """
      The heartbeat thread was not run for longer than deadtime. The others may take this node for dead, so its \
      addresses shall end by themselves.
      """,
    advice: "Look for what held the host up; allow realtime priority (CAP_SYS_NICE), or choose a longer deadtime.")

  static let renewalFailed = Self(
    topic: .kernel, id: "698fa547327b4474815947c41f40f8aa", priority: .error, pace: .sparse,
    subject: "A lease could not be renewed",
    meaning: """
      The kernel did not renew the lifetime of addresses. If this lasts, they end with their lease and another node \
      takes them.
      """,
    advice: "The error says why; EPERM asks for CAP_NET_ADMIN.")

  static let notificationsLost = Self(
    topic: .kernel, id: "4419af40369e4237834e5bba17943860", priority: .warning, pace: .sparse,
    subject: "Notifications of the kernel were lost",
    meaning: """
      The kernel had more to tell about devices and addresses than the agent could read. The agent reads everything \
      anew.
      """,
    advice: """
      Harmless now and then. If it happens often, something changes devices or addresses all the time: `ip monitor` \
      shows it.
      """)

  static let kernelUnreadable = Self(
    topic: .kernel, id: "0aa91168f6894c4d865143eb1be1e204", priority: .critical, pace: .sparse,
    subject: "Devices and addresses could not be read",
    meaning: "The kernel did not list its devices and addresses. The agent goes on with what it knows.",
    advice: "If it lasts, restart the agent, and report it with the log.")

  static let leftoverFound = Self(
    topic: .kernel, id: "3627d0c42f20409c9a50abee2ca92c4d", priority: .notice, pace: .steady,
    subject: "Addresses of an earlier agent are here",
    meaning: """
      An earlier agent on this host has left all addresses of the group. They stay until it is known who owns the \
      group: this node adopts them, or removes them.
      """,
    advice: nil)

  static let leftoverRemoved = Self(
    topic: .kernel, id: "b73dee1968724532a049a3ecc6f2ff50", priority: .notice, pace: .steady,
    subject: "An address of an earlier agent is removed",
    meaning: "An earlier agent on this host has left an address that belongs to no group, or only a part of one.",
    advice: nil)

  static let leftoverStuck = Self(
    topic: .kernel, id: "792bd2e892d64d50bb45dec9293ff439", priority: .error, pace: .sparse,
    subject: "An address of an earlier agent could not be removed",
    meaning: "The kernel did not remove an address that an earlier agent has left.",
    advice: "Remove it by hand: `ip address delete ADDRESS dev DEVICE`.")

  static let groupDropped = Self(
    topic: .kernel, id: "e7549ccbd59c168f922257a29d515d10", priority: .notice, pace: .always,
    subject: "A group is not in the configuration any more",
    meaning: """
      The configuration that was read anew does not have the group, and no other group has its addresses: this node lets go of \
      them.
      """,
    advice: nil)

  static let readdressed = Self(
    topic: .kernel, id: "6157aacc996ff3055d68cc7b30e423f3", priority: .notice, pace: .sparse,
    subject: "A device has another Ethernet address",
    meaning: """
      The device of the group's addresses has another Ethernet address: a bond's port or a bridge's has changed, or somebody \
      has set it. The addresses are announced anew, from the beginning of the schedule.
      """,
    advice: nil)

  static let movedBack = Self(
    topic: .kernel, id: "d6d47c566b2d3b2350e8559b79a7b706", priority: .notice, pace: .sparse,
    subject: "An address was put behind the host's own",
    meaning: """
      An address of the host's own came into a subnet whose first address was a shared one, which the kernel uses for the \
      host's own connections then. The shared one was taken off and put on again behind it, within a millisecond.
      """,
    advice: nil)

  static let notMovedBack = Self(
    topic: .kernel, id: "4fa6253d40bdadbf48c4f7e4f4a7be2c", priority: .warning, pace: .sparse,
    subject: "A shared address is the source of the host's connections",
    meaning: """
      An address of the host's own is behind a shared one in its subnet, and the kernel did not let the agent change that. \
      Connections that this host opens come from the shared address, and end when it moves.
      """,
    advice: """
      Take the shared address off and let the agent put it back: `ip address del ADDRESS dev DEVICE`.
      """)

  static let routeMended = Self(
    topic: .kernel, id: "2a5a318a3ad487abb77fc963e61ac8bb", priority: .warning, pace: .sparse,
    subject: "Somebody removed the route of an address",
    meaning: """
      A route was removed that the kernel had made for an address which this node holds: without it the address is answered \
      for, and every packet to it is lost. It was put back.
      """,
    advice: """
      Find out who configures the device: NetworkManager or a script may flush its routes. Keep it from the devices of the \
      agent's addresses.
      """)

  static let secondariesKept = Self(
    topic: .kernel, id: "59a530a7af72dd8595b55ac76be50963", priority: .notice, pace: .sparse,
    subject: "promote_secondaries was set",
    meaning: """
      The device would have lost its other addresses, and perhaps all its routes, together with the first address of a \
      subnet. The agent has set `promote_secondaries` to 1; it stays so when the agent ends.
      """,
    advice: nil)

  static let secondariesNotKept = Self(
    topic: .kernel, id: "96f289f3264668a2e9ba4bcb55f99c12", priority: .warning, pace: .sparse,
    subject: "promote_secondaries could not be set",
    meaning: """
      The kernel did not take the setting. When an address of the agent's that is the first one of its subnet goes, the \
      host may lose others with it.
      """,
    advice: """
      Set it by hand, `sysctl -w net/ipv4/conf/DEVICE/promote_secondaries=1`, and in /etc/sysctl.d, for the next boot.
      """)
}
