extension MessageKind {
  /// How much it matters; the same for every line of the kind.
  var priority: Priority { entry.priority }

  /// The table. Its rows stand in one file for each topic.
  var entry: Entry {
    switch self {
    case .started: .started
    case .stopRequested: .stopRequested
    case .restartRequested: .restartRequested
    case .stopped: .stopped
    case .stoppedUnfinished: .stoppedUnfinished
    case .counted: .counted
    case .reloaded: .reloaded
    case .reloadRefused: .reloadRefused
    case .reloadNeedsRestart: .reloadNeedsRestart
    case .memoryNotLocked: .memoryNotLocked
    case .realtimeRefused: .realtimeRefused
    case .threadHangs: .threadHangs
    case .reportsLost: .reportsLost
    case .standbyBegan: .standbyBegan
    case .standbyEnded: .standbyEnded
    case .standbyRefused: .standbyRefused
    case .listening: .listening
    case .standingBy: .standingBy
    case .taking: .taking
    case .takingOver: .takingOver
    case .owning: .owning
    case .keeping: .keeping
    case .handingOver: .handingOver
    case .lettingGo: .lettingGo
    case .withdrawing: .withdrawing
    case .cannotHold: .cannotHold
    case .conflictWon: .conflictWon
    case .conflictLost: .conflictLost
    case .interfered: .interfered
    case .stormed: .stormed
    case .silentOwnerAnswers: .silentOwnerAnswers
    case .strangerAnswers: .strangerAnswers
    case .proxyAnswers: .proxyAnswers
    case .usurped: .usurped
    case .usurpedAgain: .usurpedAgain
    case .yieldingLeftover: .yieldingLeftover
    case .stalled: .stalled
    case .endedEarly: .endedEarly
    case .joined: .joined
    case .late: .late
    case .onTime: .onTime
    case .dead: .dead
    case .returned: .returned
    case .left: .left
    case .restarting: .restarting
    case .unheard: .unheard
    case .heardAgain: .heardAgain
    case .unproven: .unproven
    case .configurationDiffers: .configurationDiffers
    case .configurationAgrees: .configurationAgrees
    case .unknownNode: .unknownNode
    case .namesake: .namesake
    case .sendFailed: .sendFailed
    case .sendRecovered: .sendRecovered
    case .deviceMissing: .deviceMissing
    case .deviceCame: .deviceCame
    case .deviceNotOpened: .deviceNotOpened
    case .wrongSignature: .wrongSignature
    case .unknownKey: .unknownKey
    case .otherCluster: .otherCluster
    case .otherVersion: .otherVersion
    case .notHeartbeat: .notHeartbeat
    case .wrongLength: .wrongLength
    case .forbiddenValue: .forbiddenValue
    case .replayed: .replayed
    case .addressRefused: .addressRefused
    case .addressWithoutDevice: .addressWithoutDevice
    case .removalRefused: .removalRefused
    case .announcementFailed: .announcementFailed
    case .renewalPaused: .renewalPaused
    case .renewalFailed: .renewalFailed
    case .notificationsLost: .notificationsLost
    case .kernelUnreadable: .kernelUnreadable
    case .leftoverFound: .leftoverFound
    case .leftoverRemoved: .leftoverRemoved
    case .leftoverStuck: .leftoverStuck
    case .linesDropped: .linesDropped
    }
  }
}
