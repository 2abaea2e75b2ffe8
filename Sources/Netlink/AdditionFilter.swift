import CMnl

/// A program for the kernel's socket filter (classic BPF) that drops notifications of added addresses with one protocol
/// tag and lets everything else pass.
enum AdditionFilter {
  // The instructions used, from `<linux/bpf_common.h>`, whose macros Swift does not see.
  private static let loadWord: UInt16 = 0x20, loadHalf: UInt16 = 0x28, load: UInt16 = 0x00, loadIndex: UInt16 = 0x01
  private static let loadByteIndexed: UInt16 = 0x50, toIndex: UInt16 = 0x07, jumpIfEqual: UInt16 = 0x15
  private static let give: UInt16 = 0x06
  /// SKF_AD_OFF + SKF_AD_NLATTR (`<linux/filter.h>`): the place of the attribute X, looked for from the place A on, or 0.
  private static let attribute = UInt32(bitPattern: -0x1000 + 12)

  static func program(tag: UInt8) -> [sock_filter] {
    [
      // The type of the message, which stands there in the host's byte order.
      instruction(loadHalf, 4),
      instruction(jumpIfEqual, UInt32(UInt16(RTM_NEWADDR).bigEndian), otherwise: 7),
      // The attributes begin behind `nlmsghdr` and `ifaddrmsg`.
      instruction(load, 16 + UInt32(InterfaceAddress.headerSize)),
      instruction(loadIndex, UInt32(IFA_PROTO)),
      instruction(loadWord, attribute),
      instruction(jumpIfEqual, 0, then: 3),
      instruction(toIndex, 0),
      instruction(loadByteIndexed, 4),
      instruction(jumpIfEqual, UInt32(tag), then: 1),
      instruction(give, .max),
      instruction(give, 0),
    ]
  }

  private static func instruction(_ code: UInt16, _ operand: UInt32, then: UInt8 = 0, otherwise: UInt8 = 0)
    -> sock_filter
  {
    sock_filter(code: code, jt: then, jf: otherwise, k: operand)
  }
}
