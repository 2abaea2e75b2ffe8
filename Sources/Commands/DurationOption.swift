import ArgumentParser
import Support

/// A duration as an option's value, written as in a configuration: `500ms`, `3s`.
struct DurationOption: ExpressibleByArgument {
  let duration: Duration

  init?(argument: String) {
    guard let duration = Duration(configured: argument) else { return nil }
    self.duration = duration
  }
}
