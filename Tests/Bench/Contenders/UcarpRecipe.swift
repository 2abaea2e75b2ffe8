/// UCARP: one process an address. It knows no realtime; `chrt` gives it some. It sets no address itself: its scripts do
/// no more than that.
enum UcarpRecipe {
  static func make(_ seat: Seat) -> Recipe {
    let agents = seat.vips.enumerated().map { number, vip in command(seat, number, vip) }
    return Recipe(
      files: [
        .init(name: "secret", text: String(seat.secret.prefix(16)) + "\n"),
        Recipe.program("up", "#!/bin/sh\nexec /usr/sbin/ip address add \"$2/$3\" dev \"$1\"\n"),
        Recipe.program("down", "#!/bin/sh\nexec /usr/sbin/ip address delete \"$2/$3\" dev \"$1\"\n"),
      ],
      script: agents.count == 1
        ? "exec \(agents[0])"
        : agents.map { "\($0) &\n" }.joined() + "wait", keepsShell: agents.count > 1)
  }

  private static func command(_ seat: Seat, _ number: Int, _ vip: String) -> String {
    let parts = vip.split(separator: "/")
    return """
      chrt --fifo 50 ucarp --interface=eth0 --srcip=\(Rig.ownAddress(seat.place)) --vhid=\(number + 1) \
      --passfile=\(seat.folder)/secret --addr=\(parts[0]) --xparam=\(parts[1]) --advbase=\(seat.pace.keepalive / 1_000_000) \
      --advskew=\(skew(seat)) \(seat.place == 0 ? "--preempt " : "")--shutdown --neutral \
      --upscript=\(seat.folder)/up --downscript=\(seat.folder)/down
      """
  }

  /// In 1/256 s. It advertises every advbase + skew, and is dead to a backup after 3 × advbase + the backup's skew: with
  /// an advbase of 0 skews of 1 and 3 make 4 ms and 12 ms.
  private static func skew(_ seat: Seat) -> Int {
    seat.pace.keepalive < 1_000_000 ? seat.place * 2 + 1 : seat.place
  }
}
