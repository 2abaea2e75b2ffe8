extension FixedWidthInteger where Self: UnsignedInteger {
  /// All digits of the number, lower case, with leading zeros: 8 for a `UInt32`, so that a fingerprint is always spelled the same.
  package var hex: String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: Self.bitWidth / 4 - digits.count) + digits
  }
}
