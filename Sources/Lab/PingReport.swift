/// What became of the echo requests of a window of time.
public struct PingReport: Equatable, Sendable {
  /// A time without service, as a client sees it.
  public struct Outage: Equatable, Sendable {
    /// When the first lost request was sent, in nanoseconds of `BootClock`.
    public var start: Int64
    /// When the first answered request after it was sent; nil if the window ends before.
    public var end: Int64?
    /// When the answer to that one came.
    public var answered: Int64?
    /// Lost requests.
    public var lost: Int

    /// How long it took; nil while it lasts.
    public var duration: Duration? { end.map { .nanoseconds($0 - start) } }
  }

  /// Requests sent, without those that may still be answered.
  public var sent = 0
  /// Requests of those that nobody answered within ``PingLog/patience``.
  public var lost = 0
  /// In the order of time.
  public var outages: [Outage] = []
  /// The slowest answer's time in flight.
  public var slowest: Duration = .zero

  /// The longest outage, which is the last one if that still lasts; nil if there was none.
  public var longest: Outage? {
    outages.max { ($0.end ?? .max) - $0.start < ($1.end ?? .max) - $1.start }
  }
}
