/// The heartbeat datagram, version 1. All numbers are in network byte order.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-------------------------------+---------------+---------------+
/// |         magic "VA"            |  version = 1  |    key id     |   0
/// +-------------------------------+---------------+---------------+
/// |                          cluster tag                          |   4
/// |                           node tag                            |   8
/// |                      config fingerprint                       |  12
/// |                        session (64 bits)                      |  16
/// |                       sequence (64 bits)                      |  24
/// |                    keepalive, microseconds                    |  32
/// |                     deadtime, microseconds                    |  36
/// +---------------+---------------+---------------+---------------+
/// |     flags     |  echoes (E)   |  groups (G)   | hardware (H)  |  40
/// +---------------+---------------+---------------+---------------+
/// |  E echoes of 24 bytes: node tag | alive, 3 reserved bytes     |  44
/// |                        session (64 bits) | sequence (64 bits) |
/// +---------------------------------------------------------------+
/// |  G groups of 20 bytes: group tag | role | flags | rank |      |
/// |          degraded | term (64 bits) | target tag               |
/// +---------------------------------------------------------------+
/// |  H hardware addresses of 8 bytes: 2 reserved | Ethernet       |
/// +---------------------------------------------------------------+
/// |  HMAC-SHA256 over everything before it, first 16 bytes        |
/// +---------------------------------------------------------------+
/// ```
///
/// Two nodes with one group on one device need 112 bytes. Reserved bytes are sent as zero and not looked at.
public enum HeartbeatCodec {
  /// "VA".
  public static let magic: UInt16 = 0x5641
  /// This layout.
  public static let version: UInt8 = 1
  /// Bytes before the first echo.
  public static let headerLength = 44
  /// Bytes of one echo.
  public static let echoLength = 24
  /// Bytes of one group.
  public static let groupLength = 20
  /// Bytes of one hardware address.
  public static let hardwareLength = 8
  /// Bytes of the truncated HMAC-SHA256 at the end.
  public static let authenticationLength = 16
  /// Bytes of the largest datagram; it fits into one Ethernet frame.
  public static let maximumLength =
    headerLength + 30 * echoLength + 32 * groupLength + 6 * hardwareLength + authenticationLength

  /// Bytes of a datagram with so many entries of each kind.
  public static func length(echoes: Int, groups: Int, hardware: Int) -> Int {
    headerLength + echoes * echoLength + groups * groupLength + hardware * hardwareLength + authenticationLength
  }

  /// A term beyond this is malformed: it leaves room so that adding one can never overflow. A claim does not exceed it.
  public static let maximumTerm: UInt64 = 1 << 62

  /// What a configuration may say of the time between two heartbeats, and of the silence after which a node is dead.
  public static let keepalives = Interval.milliseconds(1)...Interval.seconds(60)
  /// See ``keepalives``.
  public static let longestDeadtime = Interval.seconds(600)

  /// Where the receiver looks for the key's number before anything is trusted.
  public static func keyID(in datagram: UnsafeRawBufferPointer) -> UInt8 {
    datagram.count > 3 ? datagram[3] : 0
  }

  /// Whose heartbeat a datagram says that it is, before anything is trusted; `Tag.none` where it is too short.
  public static func node(in datagram: UnsafeRawBufferPointer) -> Tag {
    guard datagram.count >= 12 else { return .none }
    return Tag(rawValue: (8..<12).reduce(0) { $0 << 8 | UInt32(datagram[$1]) })
  }

  /// Writes all but the HMAC, which the caller appends.
  /// - Parameter buffer: at least ``maximumLength`` bytes.
  /// - Returns: how many bytes were written.
  public static func emit(_ heartbeat: borrowing Heartbeat, keyID: UInt8, into buffer: UnsafeMutableRawBufferPointer)
    -> Int
  {
    var writer = WireWriter(buffer)
    writer.put(magic)
    writer.put(version)
    writer.put(keyID)
    writer.put(heartbeat.cluster.rawValue)
    writer.put(heartbeat.node.rawValue)
    writer.put(heartbeat.fingerprint)
    writer.put(heartbeat.session)
    writer.put(heartbeat.sequence)
    writer.put(UInt32(clamping: heartbeat.keepalive.microseconds))
    writer.put(UInt32(clamping: heartbeat.deadtime.microseconds))
    writer.put(heartbeat.flags.rawValue)
    writer.put(UInt8(truncatingIfNeeded: heartbeat.echoes.count))
    writer.put(UInt8(truncatingIfNeeded: heartbeat.groups.count))
    writer.put(UInt8(truncatingIfNeeded: heartbeat.hardware.count))
    let echoes = heartbeat.echoes.storage.span
    for position in 0..<heartbeat.echoes.count {
      let echo = echoes[position]
      writer.put(echo.node.rawValue)
      writer.put(UInt32(echo.alive ? 1 << 24 : 0))
      writer.put(echo.session)
      writer.put(echo.sequence)
    }
    let groups = heartbeat.groups.storage.span
    for position in 0..<heartbeat.groups.count {
      let group = groups[position]
      writer.put(group.group.rawValue)
      writer.put(group.role.rawValue)
      writer.put(group.flags.rawValue)
      writer.put(group.rank)
      writer.put(group.degraded)
      writer.put(group.term)
      writer.put(group.target.rawValue)
    }
    for position in 0..<heartbeat.hardware.count { writer.put(heartbeat.hardware[position].rawValue) }
    return writer.count
  }

  /// Reads a datagram whose HMAC has been verified. Total: every sequence of bytes gives a heartbeat or a reason.
  public static func parse(_ datagram: UnsafeRawBufferPointer) throws(DropReason) -> Heartbeat {
    try checkFrame(datagram)
    var reader = WireReader(datagram, from: 4)
    var heartbeat = Heartbeat(
      cluster: Tag(rawValue: reader.take()), node: Tag(rawValue: reader.take()), fingerprint: reader.take(),
      session: reader.take(), sequence: reader.take(), keepalive: .microseconds(Int64(reader.take() as UInt32)),
      deadtime: .microseconds(Int64(reader.take() as UInt32)), flags: Heartbeat.Flags(rawValue: reader.take()))
    heartbeat.key = keyID(in: datagram)
    let echoes = reader.take() as UInt8
    let groups = reader.take() as UInt8
    let hardware = reader.take() as UInt8
    guard keepalives.contains(heartbeat.keepalive), heartbeat.deadtime > heartbeat.keepalive,
      heartbeat.deadtime <= longestDeadtime, heartbeat.session != 0, heartbeat.sequence != 0, heartbeat.node != .none
    else { throw .outOfRange }
    for _ in 0..<echoes {
      heartbeat.echoes.append(
        Heartbeat.Echo(
          node: Tag(rawValue: reader.take()), alive: (reader.take() as UInt32) >> 24 & 1 == 1, session: reader.take(),
          sequence: reader.take()))
    }
    for _ in 0..<groups {
      let tag = Tag(rawValue: reader.take())
      guard let role = GroupReport.Role(rawValue: reader.take()) else { throw .outOfRange }
      let report = GroupReport(
        group: tag, role: role, flags: GroupReport.Flags(rawValue: reader.take()), rank: reader.take(),
        degraded: reader.take(), term: reader.take(), target: Tag(rawValue: reader.take()))
      guard report.term <= maximumTerm else { throw .outOfRange }
      heartbeat.groups.append(report)
    }
    for _ in 0..<hardware { heartbeat.hardware.append(EthernetAddress(rawValue: reader.take())) }
    return heartbeat
  }

  /// What can be said about a datagram before its HMAC is verified: that it is one of ours, whole, and of this
  /// cluster.
  /// - Throws: `.notOurs`, `.version`, `.length` or `.cluster`.
  public static func screen(_ datagram: UnsafeRawBufferPointer, for cluster: Tag) throws(DropReason) {
    try checkFrame(datagram)
    var reader = WireReader(datagram, from: 4)
    guard reader.take() == cluster.rawValue else { throw .cluster }
  }

  private static func checkFrame(_ datagram: UnsafeRawBufferPointer) throws(DropReason) {
    guard datagram.count >= headerLength + authenticationLength else { throw .length }
    var reader = WireReader(datagram, from: 0)
    guard reader.take() == magic else { throw .notOurs }
    guard reader.take() == version else { throw .version }
    let echoes = Int(datagram[41])
    let groups = Int(datagram[42])
    let hardware = Int(datagram[43])
    guard echoes <= 30, groups <= 32, hardware <= 16, datagram.count <= maximumLength,
      datagram.count == length(echoes: echoes, groups: groups, hardware: hardware)
    else { throw .length }
  }
}
