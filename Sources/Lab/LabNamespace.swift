import Linux

extension Namespace {
  /// Makes the network of a host of the lab.
  static func make(_ name: String) throws(LabError) -> Namespace {
    try doing("make a network namespace for \(name)") { try Namespace(name) }
  }

  /// Runs `body` inside, as ``run(_:)`` does.
  /// - Parameter what: what is being done, for the error message.
  public func perform<Value: ~Copyable>(_ what: String, _ body: () throws -> Value) throws(LabError) -> Value {
    try doing("\(what) on \(name)") { try run(body) }
  }
}
