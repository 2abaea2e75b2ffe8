import Netlink

/// The addresses of a configuration: each may stand there once.
struct AddressRegister {
  /// How many a configuration may have. The kernel walks a device's list to add one more.
  static let limit = 10_000

  private var lines: [IPAddress: Int] = [:]

  /// Enters an address; gives the line where it stands already.
  mutating func enter(_ address: IPAddress, line: Int) -> Int? {
    if let earlier = lines[address] { return earlier }
    lines[address] = line
    return nil
  }

  var count: Int { lines.count }
}

extension TableReader {
  /// Reads a `[[group.vip]]`. Nil if its address is wrong; all else that is wrong is reported too.
  func vip(_ context: inout GroupContext) -> VIPSettings? {
    let prefix = readAddress(&context.addresses)
    let dev = readDev()
    if let dev { context.devices.append(dev) }
    let label = dev.flatMap { readLabel(dev: $0.name) }
    let broadcast = readBroadcast()
    let noprefixroute = boolean("noprefixroute", default: false)
    guard let prefix, let dev else { return nil }
    return VIPSettings(
      prefix: prefix, dev: dev.name, label: label, broadcast: broadcast ?? prefix.broadcast,
      noprefixroute: noprefixroute)
  }

  private func readDev() -> DeviceMention? {
    guard node("dev") != nil else {
      reportMissing("dev", hint: "add the device that is to have the address, such as dev = \"eth0\"")
      return nil
    }
    guard let dev = string("dev"), let range = dev.range, check(device: dev, for: "dev") else { return nil }
    return DeviceMention(key: "dev", name: dev.value, range: range)
  }

  /// A label is what ifconfig(8) shows as a device of its own; ip-address(8) asks for the device's name before it.
  private func readLabel(dev: String) -> String? {
    guard let label = string("label"), let range = label.range else { return nil }
    let fits = label.value == dev || label.value.hasPrefix(dev + ":")
    let forbidden = label.value.utf8.contains { $0 <= 0x20 || $0 == 0x7f }
    if fits, !forbidden, label.value.utf8.count <= 15 { return label.value }
    report.refuse(
      "label", at: range, "is not \(dev), or \(dev) with a colon and more, of at most 15 bytes",
      hint: dev.utf8.count <= 13 ? "set label = \"\(dev):0\"" : "leave the label out")
    return nil
  }

  private func readBroadcast() -> IPAddress? {
    guard let text = string("broadcast"), let range = text.range else { return nil }
    if let address = IPAddress(text.value), address.family == .v4 { return address }
    report.refuse(
      "broadcast", at: range, "is not an IPv4 address",
      hint: "leave it out: the default is the last address of the subnet")
    return nil
  }

  private func readAddress(_ addresses: inout AddressRegister) -> IPPrefix? {
    guard node("address") != nil else {
      reportMissing("address", hint: "add the address with its prefix length, such as address = \"192.0.2.10/24\"")
      return nil
    }
    guard let text = string("address"), let range = text.range else { return nil }
    guard let prefix = parseAddress(text.value, at: range) else { return nil }
    if let line = addresses.enter(prefix.address, line: range.start.line) {
      report.refuse(
        "address", at: range, "stands in line \(line) already", hint: "an address belongs to one group, once")
    } else if addresses.count == AddressRegister.limit + 1 {
      report.refuse(
        "address", at: range, "is one too many: a configuration may have \(AddressRegister.limit) addresses",
        hint: "make two clusters of it")
    }
    return prefix
  }

  private func parseAddress(_ text: String, at range: SourceRange) -> IPPrefix? {
    let prefix = IPPrefix(text)
    let address = prefix?.address ?? IPAddress(text)
    if let address, address.family == .v6 {
      report.refuse(
        "address", at: range, "is an IPv6 address; only IPv4 is supported so far", hint: "leave it to another program")
      return nil
    }
    guard let prefix, prefix.length > 0 else {
      if let address {
        report.refuse(
          "address", at: range, "has no prefix length of 1...32", hint: "add the subnet's, such as \"\(address)/24\"")
      } else {
        report.refuse(
          "address", at: range, "is not an address with a prefix length of 1...32",
          hint: "write it as \"192.0.2.10/24\"")
      }
      return nil
    }
    guard let kind = prefix.unusableKind else { return prefix }
    report.refuse(
      "address", at: range, "is \(kind)", hint: "a virtual address is one that a host of the subnet could have")
    return nil
  }
}

extension IPPrefix {
  /// Why no host can have this IPv4 address (RFC 6890, RFC 1122 §3.2.1.3); nil if one can.
  fileprivate var unusableKind: String? {
    let bytes = address.bytes
    switch bytes[0] {
    case 0: return "an address of \"this network\" (0.0.0.0/8)"
    case 127: return "a loopback address"
    case 224...239: return "a multicast address"
    case 240...255: return "a reserved address (240.0.0.0/4)"
    default: break
    }
    // RFC 3021: the two addresses of a /31 are hosts, and so is that of a /32.
    guard length < 31 else { return nil }
    let value = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let hosts = UInt32.max >> UInt32(length)
    if value & hosts == 0 { return "the address of the network itself" }
    if value & hosts == hosts { return "the broadcast address of its subnet" }
    return nil
  }
}
