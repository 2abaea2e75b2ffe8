import Netlink
import Support
import TakeoverCore

/// The addresses of a configuration: each may stand there once.
struct AddressRegister {
  /// How many a configuration may have. The kernel walks a device's list to add one more.
  static let limit = 10_000

  private var places: [IPAddress: SourceRange] = [:]

  /// Enters an address; gives the line where it stands already.
  mutating func enter(_ address: IPAddress, at range: SourceRange) -> Int? {
    if let earlier = places[address] { return earlier.start.line }
    places[address] = range
    return nil
  }

  var count: Int { places.count }

  /// Where an address stands, perhaps as one of a range.
  func place(of address: IPAddress) -> SourceRange? { places[address] }
}

extension TableReader {
  /// Reads a `[[group.vip]]`: one address, or several that differ in nothing else. None if its addresses are wrong; all
  /// else that is wrong is reported too.
  func vips(_ context: inout GroupContext) -> [VIPSettings] {
    let prefixes = readAddresses(&context.addresses)
    let dev = readDev()
    if let dev { context.devices.append(dev) }
    let label = dev.flatMap { readLabel(dev: $0.name) }
    let broadcast = readBroadcast()
    let noprefixroute = boolean("noprefixroute", default: false)
    guard let dev else { return [] }
    return prefixes.map { prefix in
      VIPSettings(
        prefix: prefix, dev: dev.name, label: label, broadcast: broadcast(prefix),
        noprefixroute: noprefixroute)
    }
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

  /// What the broadcast address of a prefix shall be.
  private func readBroadcast() -> (IPPrefix) -> IPAddress? {
    guard let text = string("broadcast"), let range = text.range else { return { $0.broadcast } }
    if text.value == "none" { return { _ in nil } }
    if let address = IPAddress(text.value), address.family == .v4 { return { _ in address } }
    report.refuse(
      "broadcast", at: range, "is not an IPv4 address or \"none\"",
      hint: "leave it out: the default is the last address of the subnet")
    return { _ in nil }
  }

  private func readAddresses(_ addresses: inout AddressRegister) -> [IPPrefix] {
    guard node("address") != nil else {
      reportMissing("address", hint: "add the address with its prefix length, such as address = \"192.0.2.10/24\"")
      return []
    }
    var prefixes: [IPPrefix] = []
    for text in strings("address", orOne: true) ?? [] {
      guard let range = text.range else { continue }
      let span =
        text.value.prefix { $0 != "/" }.contains("-")
        ? parseSpan(text.value, at: range) : parseAddress(text.value, at: range).map { [$0] }
      guard let span, enter(span, at: range, into: &addresses) else { continue }
      prefixes += span
    }
    return prefixes
  }

  /// Enters the addresses, until one is refused.
  /// - Returns: whether none was.
  private func enter(_ prefixes: [IPPrefix], at range: SourceRange, into addresses: inout AddressRegister) -> Bool {
    for prefix in prefixes {
      if let line = addresses.enter(prefix.address, at: range) {
        let what =
          prefixes.count > 1
          ? "has \(prefix.address), which stands in line \(line) already" : "stands in line \(line) already"
        report.refuse("address", at: range, what, hint: "an address belongs to one group, once")
        return false
      }
      guard addresses.count == AddressRegister.limit + 1 else { continue }
      report.refuse(
        "address", at: range, "is one too many: a configuration may have \(AddressRegister.limit) addresses",
        hint: "make two clusters of it")
      return false
    }
    return true
  }

  /// Reads `192.0.2.10-192.0.2.20/24`: every address from the first to the last.
  private func parseSpan(_ text: String, at range: SourceRange) -> [IPPrefix]? {
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let last = IPPrefix(String(ends[1])), let first = IPAddress(String(ends[0])), last.length > 0,
      first.family == .v4, last.address.family == .v4
    else {
      report.refuse(
        "address", at: range, "is not a range of IPv4 addresses with a prefix length of 1...32",
        hint: "write it as \"192.0.2.10-192.0.2.20/24\"")
      return nil
    }
    let (from, to) = (IPv4Number(first).rawValue, IPv4Number(last.address).rawValue)
    guard from <= to, last.length > 30 || last.contains(first) else {
      report.refuse(
        "address", at: range, from > to ? "ends before it begins" : "is not within one subnet",
        hint: from > to ? nil : "give each subnet a range of its own")
      return nil
    }
    guard Int(to - from) < AddressRegister.limit else {
      report.refuse(
        "address", at: range, "has \(Int(to - from) + 1) addresses: a configuration may have \(AddressRegister.limit)",
        hint: nil)
      return nil
    }
    let prefixes = (from...to).compactMap { number in
      IPAddress(bytes: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) })
        .flatMap { IPPrefix(address: $0, length: last.length) }
    }
    guard let unusable = prefixes.first(where: { $0.unusableKind != nil }), let kind = unusable.unusableKind else {
      return prefixes
    }
    report.refuse(
      "address", at: range, "has \(unusable.address), which is \(kind)",
      hint: "a virtual address is one that a host of the subnet could have")
    return nil
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
