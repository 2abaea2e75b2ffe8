/// Takes decisions out of a fuzzer's bytes, from the first to the last; zeros when they are used up.
struct ByteSource {
  private let bytes: UnsafeRawBufferPointer
  private var next = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  var isEmpty: Bool { next >= bytes.count }

  mutating func byte() -> UInt8 {
    guard next < bytes.count else { return 0 }
    defer { next += 1 }
    return bytes[next]
  }

  mutating func number<Number: FixedWidthInteger & UnsignedInteger>(_: Number.Type) -> Number {
    (0..<MemoryLayout<Number>.size).reduce(0) { number, _ in number << 8 | Number(byte()) }
  }

  /// One of so many, from 0; at most 256.
  mutating func choice(of count: Int) -> Int { Int(byte()) % count }

  mutating func flag() -> Bool { byte() & 1 == 1 }
}
