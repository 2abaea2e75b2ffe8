/// The name of a cluster, a node or a group on the wire: FNV-1a, 32 bits, over the name's UTF-8; 0 stands for no
/// name, so a name that hashes to 0 is sent as 1.
public struct Tag: Hashable, Comparable, BitwiseCopyable, Sendable {
  /// The hash.
  public var rawValue: UInt32

  /// No name.
  public static let none = Tag(rawValue: 0)

  /// A tag as it stands in a datagram.
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The tag of a name. Two names of one configuration must not share a tag; the configuration check sees to it.
  public init(of name: String) {
    var hash: UInt32 = 2_166_136_261
    for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    rawValue = hash == 0 ? 1 : hash
  }

  /// An order that every node agrees on, for ties.
  @inlinable public static func < (left: Tag, right: Tag) -> Bool { left.rawValue < right.rawValue }
}

/// A node's place in ``Cluster/nodes``. It means nothing on another node: the wire carries tags.
public struct NodeIndex: Hashable, BitwiseCopyable, Sendable {
  /// The place, from 0.
  public var position: UInt8

  /// The node at a place.
  @inlinable public init(_ position: Int) { self.position = UInt8(truncatingIfNeeded: position) }
}

/// A group's place in ``Cluster/groups``. It means nothing on another node: the wire carries tags.
public struct GroupIndex: Hashable, BitwiseCopyable, Sendable {
  /// The place, from 0.
  public var position: UInt8

  /// The group at a place.
  @inlinable public init(_ position: Int) { self.position = UInt8(truncatingIfNeeded: position) }
}
