/// Whether a node could take a group now, and if not, the first reason why.
public enum Readiness: UInt8, CaseIterable, BitwiseCopyable, Sendable {
  /// It could take the group at once.
  case ready
  /// It holds the group: claims it, owns it or lets go of it.
  case holding
  /// It was never heard.
  case notHeard
  /// It has been silent for its deadtime.
  case dead
  /// It said goodbye.
  case left
  /// Its agent is stopping, or has not started yet.
  case leaving
  /// Its agent restarts.
  case restarting
  /// Its operator has put it on standby for this group, by force: it takes it in no case. Of another node also: it cannot now.
  case onStandby
  /// Its operator has put it on standby for this group: it takes it only if nobody else can.
  case lastResort
  /// A device of the group's addresses is down there; of another node also: it hears no heartbeats.
  case linkDown
  /// No heartbeat device is up there.
  case deaf
  /// Its kernel refused the addresses.
  case faulted
  /// Somebody keeps removing the addresses there.
  case storm
  /// It hears another agent with its own name.
  case namesake
  /// It has not heard enough yet to take part.
  case listening
  /// Its newest word does not mention the group: its configuration may not have it, or have another name for it.
  case unmentioned
  /// It says that it could not carry the group, and nothing more.
  case ineligible
  /// It is heard, but does not hear this node, which so cannot hand over to it.
  case doesNotHearUs
}
