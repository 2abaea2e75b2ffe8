import Configuration
import Control
import Linux
import Log
import Metrics
import Support
import TakeoverCore

/// Where the agent is spoken to: the control socket and the metrics over HTTP, as the configuration wants them.
///
/// The main thread's alone; nobody who speaks to it can make it wait.
final class Endpoints {
  let controlHandler: ControlHandler
  private let metrics: MetricsListener
  private let log: Log
  /// Everything that is said, for those who follow events.
  private let feed: LogQueue
  private let poller: Poller

  /// Open to nobody yet.
  /// - Parameter agent: who is asked.
  init(_ agent: ControlHandler.Agent, log: Log) throws(SystemError) {
    self.log = log
    let metrics = try MetricsListener()
    let text = { [unowned metrics] in MetricsText.of(Readings(status: $0, scrapes: metrics.counts)) }
    let controlHandler = ControlHandler(agent: agent, metrics: text)
    metrics.handler = { [unowned metrics, unowned controlHandler] asker in
      controlHandler.withStatus { result in metrics.answer(asker, (try? result.get()).map(text)) }
    }
    self.metrics = metrics
    self.controlHandler = controlHandler
    feed = try log.follow(capacity: 1_024)
    poller = try Poller()
    try poller.watch(metrics.descriptor, as: 0)
    try poller.watch(feed.wakeup.descriptor.raw, as: 0)
  }

  /// Readable when there is something to serve.
  var descriptor: Int32 { poller.raw }

  /// Is open as this configuration wants it from now on. What cannot be opened is said, and missing.
  func open(as configuration: Configuration) {
    openControl(configuration.control)
    openMetrics(configuration.metrics)
  }

  /// Serves whoever is ready, once.
  func serve() {
    feed.wakeup.clear()
    while let entry = feed.take() { controlHandler.publish(entry) }
    controlHandler.serve()
    metrics.serve(at: .now)
  }

  private func openControl(_ settings: ControlSettings) {
    if let server = controlHandler.server { poller.forget(server.descriptor) }
    do throws(SystemError) {
      try controlHandler.open(settings)
      if let server = controlHandler.server { try poller.watch(server.descriptor, as: 0) }
    } catch {
      log.write(.controlUnavailable("\(error)"))
    }
  }

  private func openMetrics(_ settings: MetricsSettings?) {
    guard settings != metrics.settings else { return }
    do throws(SystemError) {
      try metrics.listen(on: settings)
      log.write(.metricsListening(on: settings?.text))
    } catch {
      log.write(.metricsUnavailable("\(error)"))
    }
  }
}
