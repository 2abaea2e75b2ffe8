import Support

extension Configuration {
  /// `cluster loadb, 2 nodes, 1 group, 1 address, fingerprint 1a2b3c4d`.
  package var summary: String {
    let addresses = groups.map(\.vips.count).reduce(0, +)
    return """
      cluster \(cluster), \(nodes.count) nodes, \(groups.count) \(groups.count == 1 ? "group" : "groups"), \
      \(addresses) \(addresses == 1 ? "address" : "addresses"), \
      fingerprint \(fingerprint.hex)
      """
  }
}
