import FoundationEssentials

/// What a client asks of the agent: one JSON object in one line.
///
///     {"v":1,"do":"takeover","group":"director","force":true,"id":7}
///
/// docs/control.md describes it. A key that the request does not have is an error: a mistyped `"forec"` must not count
/// as permission.
package struct ControlRequest: Equatable, Sendable {
  /// What is to be done.
  package enum Verb: Equatable, Sendable {
    case status
    case events
    case metrics
    case reload
    case standby(group: String?, force: Bool)
    case available(group: String?)
    case takeover(group: String?, force: Bool)
    case failBack(group: String?)
  }

  /// The version of the language this agent speaks.
  static let version = 1
  /// The most bytes of a request, without its line feed.
  package static let longest = 4_096

  /// The client's own number for it, given back with the answer.
  var id: Int64?
  package var verb: Verb

  package init(id: Int64? = nil, verb: Verb) {
    self.id = id
    self.verb = verb
  }

  /// Whether it changes anything: reading is for more people than commanding.
  var isCommand: Bool {
    switch verb {
    case .status, .events, .metrics: false
    case .reload, .standby, .available, .takeover, .failBack: true
    }
  }
}

extension ControlRequest {
  /// The names of the requests, as `do` gives them, and the keys that each may have besides `v`, `do` and `id`.
  private static let keys: [String: Set<String>] = [
    "status": [], "events": [], "metrics": [], "reload": [], "standby": ["group", "force"], "available": ["group"],
    "takeover": ["group", "force"], "fail-back": ["group"],
  ]

  /// Reads a request.
  /// - Parameter line: the bytes of the line, without the line feed.
  /// - Throws: ``ControlError`` with what is wrong, for the client to read.
  package static func parse(_ line: some Collection<UInt8>) throws(ControlError) -> ControlRequest {
    guard line.count <= longest else { throw .tooLong }
    // The decoder would take UTF-16 and UTF-32, too, which have them.
    guard !line.contains(0) else { throw .malformed("not JSON in UTF-8") }
    let fields: Fields
    do {
      fields = try JSONDecoder().decode(Fields.self, from: Data(line))
    } catch let error as DecodingError {
      throw .malformed(error.sentence)
    } catch {
      throw .malformed("not a JSON object")
    }
    if let key = DuplicateKeys.first(in: line) {
      throw .malformed("the key \(JSONText.quote(beginningOf: key)) stands twice")
    }
    return try fields.request()
  }

  private struct Fields: Decodable {
    var version: Int
    var verb: String
    var id: Int64?
    var group: String?
    var force: Bool?
    var others: [String] = []

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      version = try container.decode(Int.self, forKey: Key("v"))
      verb = try container.decode(String.self, forKey: Key("do"))
      id = try container.decodeIfPresent(Int64.self, forKey: Key("id"))
      group = try container.decodeIfPresent(String.self, forKey: Key("group"))
      force = try container.decodeIfPresent(Bool.self, forKey: Key("force"))
      others = container.allKeys.map(\.stringValue).filter { !["v", "do", "id"].contains($0) }.sorted()
    }

    func request() throws(ControlError) -> ControlRequest {
      guard version == ControlRequest.version else { throw .version(version) }
      guard let allowed = ControlRequest.keys[verb] else { throw .unknownRequest(verb) }
      if let stranger = others.first(where: { !allowed.contains($0) }) { throw .unknownKey(stranger, of: verb) }
      let meaning: Verb =
        switch verb {
        case "status": .status
        case "events": .events
        case "metrics": .metrics
        case "reload": .reload
        case "standby": .standby(group: group, force: force ?? false)
        case "available": .available(group: group)
        case "takeover": .takeover(group: group, force: force ?? false)
        default: .failBack(group: group)
        }
      return ControlRequest(id: id, verb: meaning)
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }
}

extension ControlRequest {
  /// The request as a line for an agent, the line feed included.
  package var line: [UInt8] {
    var fields = ["\"v\":\(Self.version)", "\"do\":\"\(name)\""]
    if let id { fields.append("\"id\":\(id)") }
    let (group, force) = arguments
    if let group { fields.append("\"group\":\(JSONText.quote(group))") }
    if force { fields.append("\"force\":true") }
    return Array("{\(fields.joined(separator: ","))}\n".utf8)
  }

  /// The request's name on the wire.
  var name: String {
    switch verb {
    case .status: "status"
    case .events: "events"
    case .metrics: "metrics"
    case .reload: "reload"
    case .standby: "standby"
    case .available: "available"
    case .takeover: "takeover"
    case .failBack: "fail-back"
    }
  }

  private var arguments: (group: String?, force: Bool) {
    switch verb {
    case .status, .events, .metrics, .reload: (nil, false)
    case .available(let group), .failBack(let group): (group, false)
    case .standby(let group, let force), .takeover(let group, let force): (group, force)
    }
  }
}

extension DecodingError {
  /// What is wrong with a request, in a sentence.
  fileprivate var sentence: String {
    switch self {
    case .keyNotFound(let key, _): "the key \"\(key.stringValue)\" is missing"
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      context.codingPath.last.map { "\"\($0.stringValue)\" must be a \(Self.name(of: type))" } ?? "not a JSON object"
    case .dataCorrupted(let context):
      context.codingPath.last.map { "the value of \"\($0.stringValue)\" is out of range" } ?? "not JSON"
    @unknown default: "not a request"
    }
  }

  private static func name(of type: any Any.Type) -> String {
    switch type {
    case is String.Type: "string"
    case is Bool.Type: "boolean"
    default: "number"
    }
  }
}
