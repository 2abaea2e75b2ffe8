/// What the contenders were configured with.
enum Configurations {
  static func text() -> String {
    var lines = [
      "## Configurations", "",
      "Those of loadb1, the preferred host, for one address, at the interval at which most faults were tried; the secret, drawn "
        + "anew for each run, is left out. loadb2's differ where the text says so. Each agent is started by these lines of `sh` in a "
        + "mount and a PID namespace of its own.", "",
    ]
    for contender in Contender.allCases {
      let seat = Seat(
        place: 0, agent: "vipagent", folder: "/tmp/loadb1", pace: contender.usual, addresses: 1,
        secret: "SECRET")
      let recipe = contender.recipe(for: seat)
      lines += ["### \(contender.rawValue)", "", remark(contender), ""]
      for file in recipe.files where !["keys", "secret", "authkeys"].contains(file.name) {
        lines += [
          "`\(file.name)`:", "", "```", String(file.text.drop { $0 == "\n" }.reversed().drop { $0 == "\n" }.reversed()),
          "```", "",
        ]
      }
      lines += ["```", recipe.script, "```", ""]
    }
    return lines.joined(separator: "\n")
  }

  private static func remark(_ contender: Contender) -> String {
    switch contender {
    case .vipagent: "Both hosts have the same file. Realtime scheduling and locked memory are its defaults."
    case .keepalived:
      """
      loadb2 has priority 253. VRRP version 3, whose shortest interval is 10 ms; realtime priority and locked memory on. Further \
      addresses stand in `virtual_ipaddress_excluded`: an advertisement has room for 255.
      """
    case .heartbeat:
      """
      Both hosts have the same files. `realtime on` is its default. It accepts intervals below 50 ms too, but looks for the dead \
      only every quarter of a second.
      """
    case .ucarp:
      """
      loadb2 has `--advskew=1`, and no `--preempt`; at 4 ms `--advbase=0` with `--advskew=1` and `3`. It knows no realtime, which \
      `chrt` gives it. One process an address.
      """
    }
  }
}
