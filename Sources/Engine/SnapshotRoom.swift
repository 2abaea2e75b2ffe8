import TakeoverCore

/// Room for a snapshot of the core. It belongs to the main thread, and to the heartbeat thread from the order to fill it
/// until the notice that it is filled; the main thread must not keep a copy of the value's arrays, or filling allocates.
package final class SnapshotRoom: @unchecked Sendable {
  package var snapshot = CoreSnapshot()

  package init() {}
}

/// Room as a mailbox can carry it: not retained, the main thread keeps it alive until the answer has come.
package struct SnapshotReference: BitwiseCopyable, @unchecked Sendable {
  private let address: UnsafeRawPointer

  package init(_ room: SnapshotRoom) { address = UnsafeRawPointer(Unmanaged.passUnretained(room).toOpaque()) }

  package var room: SnapshotRoom { Unmanaged<SnapshotRoom>.fromOpaque(address).takeUnretainedValue() }
}
