/// Linux-HA heartbeat with haresources: realtime is its default; the addresses are set by its own script.
enum HeartbeatRecipe {
  static func make(_ seat: Seat) -> Recipe {
    let folder = seat.folder
    return Recipe(
      files: [
        .init(name: "ha.cf", text: configuration(seat)),
        .init(name: "authkeys", text: "auth 1\n1 sha1 \(seat.secret)\n"),
        .init(name: "haresources", text: resources(seat)),
      ],
      script: """
        mount -t tmpfs none /run
        mkdir -p /run/heartbeat/ccm /run/heartbeat/crm /run/heartbeat/dopd /run/heartbeat/rsctmp /run/lock
        mkdir -m 1755 /run/resource-agents
        chown hacluster:haclient /run/heartbeat/ccm /run/heartbeat/crm /run/heartbeat/dopd
        cp -a /etc/ha.d /var/lib/heartbeat \(folder)/
        cp -a \(folder)/ha.cf \(folder)/authkeys \(folder)/haresources \(folder)/ha.d/
        mount --bind \(folder)/ha.d /etc/ha.d
        mount --bind \(folder)/heartbeat /var/lib/heartbeat
        /usr/libexec/heartbeat/heartbeat -f &
        wait
        # After a partition it starts itself anew, and then goes into the background.
        sleep 1
        while kill -0 "$(cat /run/heartbeat.pid)" 2>/dev/null; do sleep 1; done
        """, keepsShell: true)
  }

  private static func configuration(_ seat: Seat) -> String {
    """
    logfacility none
    logfile \(seat.folder)/log
    keepalive \(seat.pace.keepalive / 1000)ms
    warntime \(seat.pace.keepalive / 500)ms
    deadtime \(seat.pace.deadtime / 1000)ms
    initdead \(max(seat.pace.deadtime / 1000, 1000))ms
    udpport 694
    bcast eth0
    auto_failback on
    realtime on
    \(Rig.names.map { "node \($0)" }.joined(separator: "\n"))

    """
  }

  private static func resources(_ seat: Seat) -> String {
    "\(Rig.names[0]) \(seat.vips.map { "IPaddr::\($0)/eth0" }.joined(separator: " "))\n"
  }
}
