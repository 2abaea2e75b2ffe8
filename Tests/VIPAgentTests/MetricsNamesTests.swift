import FoundationEssentials
import Testing

@testable import Configuration
@testable import Metrics
@testable import Support

/// docs/metrics.md, the alert rules and the dashboard speak of the metrics that there are.
struct MetricsNamesTests {
  private func text(_ path: String) throws -> String {
    String(decoding: try readFile(repositoryPath(path), limit: 1 << 20), as: UTF8.self)
  }

  /// Every `vipagent_…` in a text that Prometheus evaluates.
  private func names(in text: String) -> Set<String> {
    Set(text.matches(of: /\bvipagent_[a-z0-9_]+/).map { String($0.output) })
  }

  @Test func namesAreGoodNames() {
    #expect(Set(Metric.all.map(\.name)).count == Metric.all.count)
    for metric in Metric.all {
      #expect(metric.name.wholeMatch(of: /vipagent_[a-z][a-z_]*[a-z]/) != nil, "\(metric.name)")
      #expect(metric.name.hasSuffix("_total") == (metric.kind == .counter), "\(metric.name)")
      #expect(!metric.help.isEmpty && metric.help.hasSuffix("."), "\(metric.name)")
      #expect(metric.labels.contains("quantile") == (metric.kind == .summary), "\(metric.name)")
    }
  }

  @Test func samplesHaveAValueForEachLabelAndDiffer() {
    let readings = Readings(status: .ofAnOwner, scrapes: MetricsListener.Counts())
    for metric in Metric.all {
      let samples = metric.samples(readings)
      #expect(!samples.isEmpty, "\(metric.name)")
      #expect(samples.allSatisfy { $0.labels.count == metric.labels.count }, "\(metric.name)")
      #expect(Set(samples.map(\.labels)).count == samples.count, "\(metric.name)")
    }
  }

  @Test func theDocumentDescribesEachAsItIs() throws {
    let document = try text("docs/metrics.md")
    let rows = document.split(separator: "\n").filter { $0.hasPrefix("| `vipagent_") }
    #expect(rows.count == Metric.all.count)
    for metric in Metric.all {
      let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
      let row = "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | "
      let described = rows.first { $0.hasPrefix(row) }
      #expect(described?.hasSuffix(" | \(metric.help) |") == true, "\(row)")
    }
    #expect(names(in: document).isSubset(of: Metric.all.map(\.name)))
  }

  /// What the document has an agent listen on is what it has Prometheus ask, through the firewall that it shows.
  @Test func theSnippetsOfTheDocumentFitEachOther() throws {
    let document = try text("docs/metrics.md")
    let listen = try #require(document.firstMatch(of: /\nlisten = "([^"]+)"/)).output.1
    let endpoint = try #require(MetricsSettings(String(listen)))
    #expect("\(endpoint.address)" == "0.0.0.0", "other hosts than this one are to reach it")
    let targets = try #require(document.firstMatch(of: /targets: \[([^\]]+)\]/)).output.1
    let ports = targets.matches(of: /:([0-9]+)/).map(\.output.1)
    #expect(ports.count == 2 && ports.allSatisfy { $0 == "\(endpoint.port)" })
    let doors = document.matches(of: /dport ([0-9]+)/).map(\.output.1)
    #expect(doors.count >= 2 && doors.allSatisfy { $0 == "\(endpoint.port)" })
  }

  @Test func theRulesSpeakOfWhatThereIs() throws {
    let rules = try text("packaging/prometheus/vipagent.rules.yml")
    let spoken = names(in: rules)
    #expect(spoken.count > 10 && spoken.isSubset(of: Metric.all.map(\.name)), "\(spoken)")
    #expect(names(in: try text("packaging/prometheus/vipagent.rules.test.yml")).isSubset(of: Metric.all.map(\.name)))
  }

  /// Who is woken must find what to do.
  @Test func eachAlertIsTestedAndHasARunbook() throws {
    let rules = try text("packaging/prometheus/vipagent.rules.yml")
    let tests = try text("packaging/prometheus/vipagent.rules.test.yml")
    let document = try text("docs/metrics.md")
    let alerts = rules.split(separator: "- alert: ").dropFirst()
    #expect(alerts.count > 10)
    for alert in alerts {
      let name = try #require(alert.split(separator: "\n").first)
      for annotation in ["summary: \"", "description: \"", "runbook: \"docs/metrics.md#\(name.lowercased())\""] {
        #expect(alert.contains(annotation), "\(name): \(annotation)")
      }
      #expect(document.contains("\n### \(name)\n"))
      #expect(tests.contains("alertname: \(name)\n        exp_alerts:\n"), "\(name) never fires in the tests")
    }
  }

  @Test func theDashboardSpeaksOfWhatThereIs() throws {
    let dashboard = try text("packaging/grafana/vipagent.json")
    let decoded = try JSONDecoder().decode(Dashboard.self, from: Data(dashboard.utf8))
    let expressions = decoded.panels.flatMap(\.targets).map(\.expr)
    let spoken = names(in: expressions.joined(separator: "\n"))
    #expect(expressions.count > 20 && spoken.count > 15)
    #expect(names(in: dashboard).isSubset(of: Metric.all.map(\.name)), "\(names(in: dashboard))")
    #expect(decoded.templating.list.contains { $0.type == "datasource" && $0.query == .text("prometheus") })
    for panel in decoded.panels {
      #expect(panel.datasource.uid == "${datasource}", "\(panel.title)")
      #expect(!panel.description.isEmpty)
    }
    #expect(Set(decoded.panels.map(\.id)).count == decoded.panels.count)
  }
}

/// As much of Grafana's format as matters here.
private struct Dashboard: Decodable {
  struct Panel: Decodable {
    struct Target: Decodable { var expr: String }
    struct Source: Decodable { var uid: String }
    var id: Int
    var title: String
    var description: String
    var datasource: Source
    var targets: [Target]
  }
  struct Templating: Decodable {
    struct Variable: Decodable {
      var type: String
      var query: Query
    }
    enum Query: Decodable, Equatable {
      case text(String)
      case other

      init(from decoder: any Decoder) throws {
        self = (try? decoder.singleValueContainer().decode(String.self)).map(Query.text) ?? .other
      }
    }
    var list: [Variable]
  }
  var panels: [Panel]
  var templating: Templating
}
