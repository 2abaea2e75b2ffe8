import Doctor
import TakeoverCore

/// Frames that the doctor's packet socket gives, before any packet filter; the first byte of each is its length.
func fuzzWire(_ bytes: UnsafeRawBufferPointer) {
  var fragments = WireFragments()
  var streams: [Tag: WireRecord.Stream] = [:]
  var rest = bytes[...]
  while let length = rest.popFirst() {
    // An allocation of its own, so that a byte too far is found.
    let frame = Array(rest.prefix(Int(length) * 8))
    rest = rest.dropFirst(frame.count)
    frame.withUnsafeBytes { look(at: $0, &fragments, &streams) }
  }
}

private func look(
  at frame: UnsafeRawBufferPointer, _ fragments: inout WireFragments, _ streams: inout [Tag: WireRecord.Stream]
) {
  if let bridge = WireFrame.bridge(in: frame) {
    hold((.zero ... .seconds(256)).contains(bridge.forwardDelay), "a forward delay has 16 bits")
  }
  guard let packet = WireFrame.packet(in: frame) else { return }
  hold(packet.bytes.count <= frame.count - 34, "a packet lies in its frame")
  hold(packet.offset + packet.bytes.count <= 8 * 0x1fff + frame.count, "a piece has its place")
  guard let whole = fragments.add(packet) else { return }
  hold(packet.isWhole || whole.count <= 4_096, "what is put together has a bound")
  whole.withUnsafeBytes { datagram in
    guard let payload = WireFrame.payload(of: datagram, to: 694) else { return }
    hold(payload.count <= datagram.count - 8, "a payload lies in its datagram")
    // As if it had been signed.
    guard let heartbeat = try? HeartbeatCodec.parse(payload) else { return }
    var stream = streams[heartbeat.node] ?? WireRecord.Stream(heartbeat)
    stream.append(heartbeat)
    streams[heartbeat.node] = stream
    hold(stream.last.session == heartbeat.session, "a stream is of the last session")
    for other in streams.values { _ = heartbeat.confirms(other) }
  }
}
