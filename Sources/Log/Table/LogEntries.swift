/// What the log says about itself.
extension MessageKind.Entry {
  static let linesDropped = Self(
    topic: .log, id: "5d4a7c8c51e54f3d86f5b13d202a0a46", priority: .warning, pace: .steady,
    subject: "Lines are missing from the log",
    meaning: """
      Whatever reads the agent's log (journald, a pipe, a terminal) took no lines for a while, or refused them. The agent does not \
      wait for it; it counts what is missing, and `vipagent status` has the error.
      """,
    advice: "See why the reader was stuck: a full disk, a stopped journald, a terminal held with Ctrl-S.")
}
