/// Every kind of event that the log tells of: a line of the log belongs to exactly one, and the compiler sees to it.
///
/// What is said of each kind (``entry``) is the one source of `docs/log.md` and of the journal's message catalog,
/// `packaging/vipagent.catalog`; a test keeps them equal.
package enum MessageKind: String, CaseIterable, Sendable {

  // What an operator starts, stops and reloads.
  case started
  case stopRequested
  case restartRequested
  case successorWouldFail
  case stopped
  case stoppedUnfinished
  case counted
  case reloaded
  case reloadRefused
  case reloadChanged
  case reloadNeedsRestart
  case memoryNotLocked
  case realtimeRefused
  case threadHangs
  case reportsLost
  case standbyBegan
  case standbyEnded
  case standbyRefused
  case standbyRemembered
  case standbyForgotten
  case controlUnavailable
  case serviceManagerUnavailable
  case metricsListening
  case metricsUnavailable
  case groupStandbyBegan
  case groupStandbyEnded
  case requestAccepted
  case requestRefused
  case requestFulfilled
  case requestUnfulfilled

  // What becomes of an address.
  case listening
  case backup
  case taking
  case takingOver
  case owning
  case keeping
  case handingOver
  case lettingGo
  case withdrawing
  case cannotHold
  case conflictWon
  case conflictLost
  case interfered
  case stormed
  case silentOwnerAnswers
  case heardNodeAnswers
  case strangerAnswers
  case claimHeldBack
  case unasked
  case proxyAnswers
  case usurped
  case usurpedAgain
  case yieldingLeftover
  case foreignAddress
  case foreignAddressGone
  case stalled
  case endedEarly

  // What is known of the other nodes.
  case joined
  case late
  case onTime
  case dead
  case returned
  case left
  case restarting
  case silentInRestart
  case unheard
  case heardAgain
  case unproven
  case configurationDiffers
  case configurationAgrees
  case timingDiffers
  case unknownNode
  case namesake

  // What the heartbeat port brings and does not bring.
  case sendFailed
  case sendRecovered
  case listenFailed
  case sourceMissing
  case sourceFound
  case sharedSource
  case notOnHost
  case doubtful
  case deviceCame
  case deviceNotOpened
  case deviceCarriesNothing
  case deviceCarries
  case wrongSignature
  case unknownKey
  case otherCluster
  case namedAlike
  case otherVersion
  case notHeartbeat
  case wrongLength
  case forbiddenValue
  case replayed

  // What the kernel says about addresses.
  case addressRefused
  case addressWithoutDevice
  case removalRefused
  case announcementFailed
  case renewalPaused
  case renewalFailed
  case notificationsLost
  case kernelUnreadable
  case leftoverFound
  case leftoverRemoved
  case leftoverStuck
  case groupDropped
  case readdressed
  case movedBack
  case notMovedBack
  case routeMended
  case secondariesKept
  case secondariesNotKept

  // What the log says about itself.
  case linesDropped

  /// Which chapter of the documentation a kind belongs to.
  enum Topic: String, CaseIterable, Sendable {
    case agent = "What an operator starts, stops and reloads"
    case group = "What becomes of an address"
    case node = "What is known of the other nodes"
    case network = "What the heartbeat port brings and does not bring"
    case kernel = "What the kernel says about addresses"
    case log = "What the log says about itself"
  }

  /// How often a kind may be said of one group, node or device.
  enum Pace: Sendable {
    /// What only the operator causes: as often as it happens.
    case always
    /// What the node itself does: 20 at once, then one a second. Only a fault goes faster.
    case steady
    /// What others can repeat as often as they like: 3 at once, then one in 10 s.
    case sparse
  }

  /// What there is to know about a kind.
  struct Entry: Sendable {
    let topic: Topic
    /// `MESSAGE_ID`: 32 hexadecimal digits, drawn once and never changed (`systemd.journal-fields(7)`).
    let id: String
    let priority: Priority
    let pace: Pace
    /// A few words, without a name in them.
    let subject: String
    /// What has happened, and what the agent does about it.
    let meaning: String
    /// What the administrator does about it; nil where there is nothing to do.
    let advice: String?
  }
}
