@testable import Log

/// The files that are made of the table of messages.
struct LogDocumentation {
  private let examples: [MessageKind: Message]

  init() throws {
    examples = Dictionary(try MessageExamples.all().map { ($0.kind, $0) }) { first, _ in first }
  }

  /// `packaging/vipagent.catalog`: what `journalctl --catalog` explains
  /// (systemd, "Journal Message Catalogs").
  var catalog: String {
    let head = """
      # What `journalctl --catalog` says about the messages of vipagent.
      # Made of the table in Sources/Log; docs/log.md has the same for reading.

      """
    return head + MessageKind.allCases.map { "\n\(catalogEntry(of: $0))" }.joined()
  }

  private func catalogEntry(of kind: MessageKind) -> String {
    let entry = kind.entry
    let facts = fields(of: kind).map { "\(label(of: $0)): @\($0.rawValue)@" }
    let advice = "What to do: \(entry.advice ?? "nothing.")"
    return """
      -- \(entry.id)
      Subject: \(entry.subject)
      Defined-By: vipagent
      Support: man:vipagent(8)

      \(wrapped(entry.meaning))

      \(wrapped(advice))

      \((["Node: @VIPAGENT_NODE@"] + facts).joined(separator: "\n"))

      """
  }

  /// `VIPAGENT_LEFT_OUT` is "left out".
  private func label(of field: MessageField) -> String {
    let words = field.rawValue.dropFirst("VIPAGENT_".count).split(separator: "_").map { $0.lowercased() }
    let text = words.joined(separator: " ").replacing("usec", with: "in µs")
    return text.prefix(1).uppercased() + text.dropFirst()
  }

  /// `docs/log.md`.
  var manual: String {
    Self.preface
      + MessageKind.Topic.allCases.map { topic in
        let kinds = MessageKind.allCases.filter { $0.entry.topic == topic }
        return "\n## \(topic.rawValue)\n" + kinds.map { "\n\(section(on: $0))" }.joined()
      }.joined()
  }

  private func section(on kind: MessageKind) -> String {
    let entry = kind.entry
    let fields = fields(of: kind).map { "`\($0.rawValue)`" }.joined(separator: ", ")
    return """
      ### \(entry.subject)

      ```
      \(examples[kind]?.text ?? "")
      ```

      `\(kind.rawValue)`, \(entry.priority), `\(entry.id)`\(fields.isEmpty ? "" : "; \(fields)")

      \(wrapped(entry.meaning))

      \(wrapped("**What to do:** \(entry.advice ?? "nothing.")"))

      """
  }

  /// Each field once, in order.
  private func fields(of kind: MessageKind) -> [MessageField] {
    let all = examples[kind]?.fields.entries.map(\.field) ?? []
    return MessageField.allCases.filter { all.contains($0) }
  }

  private func wrapped(_ text: String, width: Int = 118) -> String {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + word.count < width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines.joined(separator: "\n")
  }

  private static let preface = """
    # The log

    Every line that vipagent writes, what it means, and what to do about it. This file and the journal's message catalog
    (`packaging/vipagent.catalog`) are made of one table in the program (`Sources/Log/Table`).

    Lines go to standard error. Under systemd they go to journald's own socket, with fields:

    ```
    journalctl -t vipagent -x                                # with explanations
    journalctl -t vipagent VIPAGENT_GROUP=director           # what became of a group
    journalctl -t vipagent VIPAGENT_KIND=owning -o json      # every takeover, planned or not, for a program
    journalctl -t vipagent VIPAGENT_TAKEOVER=unplanned       # those that a failure has made
    journalctl -t vipagent VIPAGENT_OPERATOR_LOGINUID=1000   # what a person has asked for
    journalctl -t vipagent -p err                            # what somebody has to look at
    ```

    Where journald's socket is missing or full, the line goes to standard error with its priority (`<4>` and so on,
    sd-daemon(3)), without fields. Elsewhere a line has the time, the node, and from warning on the priority:

    ```
    2026-11-22 14:03:07.123 vipagent[loadb2] warning: loadb1 is dead: silent for 302 ms, 3 heartbeats missed
    ```

    Writing never holds the agent up. What a stuck reader does not take is dropped, and the log says how many lines are
    missing where they are missing. What others can repeat as often as they like is said three times at once and then once
    in 10 s, for each kind of message and each group, node or device; what the node does itself twenty times at once and then
    once a second. The next line says how many were left out, and when it has become quiet, the last one that was left
    out is said after all. Nothing that a sender can choose, such as its address or its session, gets it more lines.

    Every record has MESSAGE, PRIORITY, SYSLOG_IDENTIFIER=vipagent, MESSAGE_ID, VIPAGENT_KIND and VIPAGENT_NODE (this
    node), and the fields that are listed with each message:

    | field | is |
    | --- | --- |
    | `VIPAGENT_GROUP` | the group's name |
    | `VIPAGENT_PEER` | the other node's name |
    | `VIPAGENT_ADDRESS` | an address with its prefix; once for each of the group's first eight |
    | `VIPAGENT_ADDRESSES` | how many addresses the group has, where it has more than eight |
    | `VIPAGENT_DEVICE` | a network device; once for each |
    | `VIPAGENT_TERM` | the claim's number |
    | `VIPAGENT_FROM`, `VIPAGENT_TO` | the group's role before and after: listening, backup, claiming, owner, releasing, faulted |
    | `VIPAGENT_REASON` | why the role changed, in a word: ownerDead, failBack, … |
    | `VIPAGENT_SILENCE_USEC`, `VIPAGENT_MISSED` | how long a node was silent, and how many heartbeats were missed |
    | `VIPAGENT_ELAPSED_USEC` | how long the claim took, from the decision to the first announcement |
    | `VIPAGENT_HELD_USEC` | how long the node was the owner |
    | `VIPAGENT_HARDWARE`, `VIPAGENT_SOURCE` | an Ethernet address; an IPv4 address that datagrams came from |
    | `VIPAGENT_SESSION`, `VIPAGENT_TAG`, `VIPAGENT_FINGERPRINT` | of an agent, of a node, of a configuration; hexadecimal |
    | `VIPAGENT_COUNT` | how many |
    | `VIPAGENT_ERROR` | what the kernel or a part of the agent said |
    | `VIPAGENT_REQUEST` | what the operator asks for: standby, available, takeover, failBack |
    | `VIPAGENT_OPERATOR_UID`, `VIPAGENT_OPERATOR_LOGINUID`, `VIPAGENT_OPERATOR_PID` | who asks: the user, as whom he has logged in (audit's loginuid, which `sudo` does not change), and his process |
    | `VIPAGENT_SETTING`, `VIPAGENT_BEFORE`, `VIPAGENT_AFTER` | what of the configuration has changed, and from what to what |
    | `VIPAGENT_TAKEOVER` | how the node has become the owner: start (nobody had the group), planned, unplanned |
    | `VIPAGENT_SIGNAL`, `VIPAGENT_VERSION` | the signal that was obeyed; the program's version |
    | `VIPAGENT_LEFT_OUT` | how many lines like this were left out before it |

    Kinds, their `MESSAGE_ID` and the fields keep their meaning from version to version; sentences may be improved.

    """
}
