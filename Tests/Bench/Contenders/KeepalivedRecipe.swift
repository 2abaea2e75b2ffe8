/// keepalived with VRRP version 3: realtime and locked memory, which are off by default; priorities that give the
/// shortest skew. An advertisement names 255 addresses at most, so all but the first are "excluded" from it, as its
/// manual advises for many.
enum KeepalivedRecipe {
  static func make(_ seat: Seat) -> Recipe {
    Recipe(
      files: [.init(name: "keepalived.conf", text: configuration(seat))],
      script: """
        mount -t tmpfs none /run
        exec keepalived --dont-fork --log-console --vrrp --use-file=\(seat.folder)/keepalived.conf
        """)
  }

  private static func configuration(_ seat: Seat) -> String {
    let rest = seat.vips.dropFirst()
    let excluded =
      rest.isEmpty ? "" : "\n    virtual_ipaddress_excluded {\n\(rest.map { "        \($0)\n" }.joined())    }"
    let seconds =
      "\(seat.pace.keepalive / 1_000_000).\(String(1_000_000 + seat.pace.keepalive % 1_000_000).dropFirst())"
    return """
      global_defs {
          vrrp_version 3
          vrrp_rt_priority 50
          vrrp_rlimit_rttime 1000000
          vrrp_no_swap
      }
      vrrp_instance director {
          state BACKUP
          interface eth0
          virtual_router_id 21
          priority \(254 - seat.place)
          advert_int \(seconds)
          virtual_ipaddress {
              \(seat.vips[0])
          }\(excluded)
      }

      """
  }
}
