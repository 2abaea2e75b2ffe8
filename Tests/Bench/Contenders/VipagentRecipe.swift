/// vipagent: realtime is its default. Its addresses have no broadcast address, as keepalived's have none.
enum VipagentRecipe {
  static func make(_ seat: Seat) -> Recipe {
    let keys = "\(seat.folder)/keys"
    return Recipe(
      files: [
        .init(name: "config.toml", text: configuration(seat, keys: keys)),
        .init(name: "keys", text: "auth 1\n1 hmac-sha256 \(seat.secret)\n"),
      ],
      script: "exec \(seat.agent) --config \(seat.folder)/config.toml")
  }

  /// Where `vipagent metrics` finds the agent.
  static func socket(in folder: String) -> String { "\(folder)/control.sock" }

  private static func configuration(_ seat: Seat, keys: String) -> String {
    """
    cluster = "bench"

    [heartbeat]
    bcast     = ["eth0"]
    keepalive = "\(Pace.text(seat.pace.keepalive))"
    deadtime  = "\(Pace.text(seat.pace.deadtime))"

    [auth]
    keys = "\(keys)"

    \(Rig.names.map { "[[node]]\nname = \"\($0)\"" }.joined(separator: "\n"))

    [[group]]
    name          = "director"
    preferred     = [\(Rig.names.map { "\"\($0)\"" }.joined(separator: ", "))]
    auto_failback = true

    \(seat.vips.map { "[[group.vip]]\naddress = \"\($0)\"\ndev = \"eth0\"\nbroadcast = \"none\"" }.joined(separator: "\n"))

    [control]
    socket = "\(socket(in: seat.folder))"

    """
  }
}
