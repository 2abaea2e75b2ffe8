import CMnl

/// A program for the kernel's socket filter (classic BPF) that drops notifications which nobody is to be woken up for: of
/// added addresses with one protocol tag, and of routes, but for the removal of one that the kernel itself has made. A router
/// may change thousands of routes a second.
enum NotificationFilter {
  // The instructions used, from `<linux/bpf_common.h>`, whose macros Swift does not see.
  private static let loadWord: UInt16 = 0x20, loadHalf: UInt16 = 0x28, load: UInt16 = 0x00, loadIndex: UInt16 = 0x01
  private static let loadByte: UInt16 = 0x30, loadByteIndexed: UInt16 = 0x50, toIndex: UInt16 = 0x07
  private static let jumpIfEqual: UInt16 = 0x15, give: UInt16 = 0x06
  /// SKF_AD_OFF + SKF_AD_NLATTR (`<linux/filter.h>`): the place of the attribute X, looked for from the place A on, or 0.
  private static let attribute = UInt32(bitPattern: -0x1000 + 12)

  /// - Parameter tag: whose additions are dropped; nil drops none.
  static func program(tag: UInt8?) -> [sock_filter] {
    [
      // The type of the message, which stands there in the host's byte order.
      instruction(loadHalf, 4),
      instruction(jumpIfEqual, order(RTM_NEWADDR), then: tag == nil ? 11 : 4),
      instruction(jumpIfEqual, order(RTM_NEWROUTE), then: 11),
      instruction(jumpIfEqual, order(RTM_DELROUTE), otherwise: 9),
      // The maker of the route, `rtm_protocol` behind `nlmsghdr`.
      instruction(loadByte, 16 + 5),
      instruction(jumpIfEqual, UInt32(RTPROT_KERNEL), then: 7, otherwise: 8),
      // The attributes begin behind `nlmsghdr` and `ifaddrmsg`.
      instruction(load, 16 + UInt32(InterfaceAddress.headerSize)),
      instruction(loadIndex, UInt32(IFA_PROTO)),
      instruction(loadWord, attribute),
      instruction(jumpIfEqual, 0, then: 3),
      instruction(toIndex, 0),
      instruction(loadByteIndexed, 4),
      instruction(jumpIfEqual, UInt32(tag ?? 0), then: 1),
      instruction(give, .max),
      instruction(give, 0),
    ]
  }

  private static func order(_ type: some BinaryInteger) -> UInt32 { UInt32(UInt16(type).bigEndian) }

  private static func instruction(_ code: UInt16, _ operand: UInt32, then: UInt8 = 0, otherwise: UInt8 = 0)
    -> sock_filter
  {
    sock_filter(code: code, jt: then, jf: otherwise, k: operand)
  }
}
