/// How the agent has ended, as systemd tells what it runs afterwards (`ExecStopPost=`, `systemd.exec(5)`), and what that
/// means for addresses that are still there.
///
/// systemd runs the same command after a stop, before a restart and after a crash, and does not say which of them it is.
/// It need not:
///
/// | `$SERVICE_RESULT` | what has happened | the addresses |
/// | --- | --- | --- |
/// | `success` | the agent ended by itself: after SIGTERM it has removed them, after SIGUSR1 (a restart) it has left them to the successor on purpose | stay as they are |
/// | `signal`, `core-dump`, `watchdog`, `oom-kill`, `exit-code` | a crash: `Restart=always` starts a successor at once, which adopts them; if it does not, they end with their lease | stay |
/// | `exit-code` with the status 78 | the configuration is wrong: the unit stays down (`RestartPreventExitStatus=78`) | go |
/// | anything else, such as `timeout` | the agent hung for longer than a lease while it was to stop, or nothing could be started | go |
package struct AfterStop: Equatable {
  /// Whether somebody may adopt the addresses, or nobody needs to remove them.
  package let leavesTheAddresses: Bool

  /// - Parameter variable: what the environment says.
  package init(_ variable: (String) -> String?) {
    switch variable("SERVICE_RESULT") {
    case "success", "signal", "core-dump", "watchdog", "oom-kill": leavesTheAddresses = true
    case "exit-code": leavesTheAddresses = variable("EXIT_STATUS") != "78"
    default: leavesTheAddresses = false
    }
  }
}
