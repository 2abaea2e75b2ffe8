/// The ones' complement checksum of RFC 1071.
enum InternetChecksum {
  /// Puts the checksum of the bytes of `range`, an even number, into its place among them, which is 0 before.
  static func put(at place: Int, over range: Range<Int>, of buffer: UnsafeMutableRawBufferPointer) {
    var sum: UInt32 = 0
    for offset in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
      sum &+= UInt32(buffer[offset]) << 8 | UInt32(buffer[offset + 1])
    }
    while sum > 0xffff { sum = sum & 0xffff &+ sum >> 16 }
    buffer.storeBytes(of: UInt16(truncatingIfNeeded: ~sum).bigEndian, toByteOffset: place, as: UInt16.self)
  }
}
