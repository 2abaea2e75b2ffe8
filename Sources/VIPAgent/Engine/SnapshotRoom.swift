import TakeoverCore

/// Room for a snapshot of the core. It belongs to the main thread, and to the heartbeat thread from the order to fill it
/// until the notice that it is filled; the main thread must not keep a copy of the value's arrays, or filling allocates.
final class SnapshotRoom: @unchecked Sendable {
  var snapshot = CoreSnapshot()
}

/// Room as a mailbox can carry it: not retained, the main thread keeps it alive until the answer has come.
struct SnapshotReference: BitwiseCopyable, @unchecked Sendable {
  private let address: UnsafeRawPointer

  init(_ room: SnapshotRoom) { address = UnsafeRawPointer(Unmanaged.passUnretained(room).toOpaque()) }

  var room: SnapshotRoom { Unmanaged<SnapshotRoom>.fromOpaque(address).takeUnretainedValue() }
}
