/// Reads numbers in network byte order. The caller has checked that the bytes are there.
struct WireReader {
  private let bytes: UnsafeRawBufferPointer
  private var offset: Int

  init(_ bytes: UnsafeRawBufferPointer, from offset: Int) {
    self.bytes = bytes
    self.offset = offset
  }

  mutating func take<Number: FixedWidthInteger & BitwiseCopyable>() -> Number {
    let number = bytes.loadUnaligned(fromByteOffset: offset, as: Number.self)
    offset += MemoryLayout<Number>.size
    return Number(bigEndian: number)
  }
}

/// Writes numbers in network byte order. The caller has made the buffer large enough.
struct WireWriter {
  private let bytes: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  init(_ bytes: UnsafeMutableRawBufferPointer) {
    self.bytes = bytes
  }

  mutating func put<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
    bytes.storeBytes(of: number.bigEndian, toByteOffset: count, as: Number.self)
    count += MemoryLayout<Number>.size
  }
}
