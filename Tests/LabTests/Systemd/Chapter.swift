/// A part of the story that `SystemdTests` tells.
struct Chapter: Sendable {
  let title: String
  let tell: @Sendable (BootedCluster) throws -> Void

  init(_ title: String, _ tell: @escaping @Sendable (BootedCluster) throws -> Void) {
    self.title = title
    self.tell = tell
  }
}
