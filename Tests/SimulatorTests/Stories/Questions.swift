import Simulator
import TakeoverCore

@testable import Support

/// What a host has asked of the wire, and what was answered, summed up: the first question, the first answer, and the silence.
struct Questions {
  private struct Asking {
    var began = Instant.origin
    var last = Instant.origin
    var count = 0
    var unanswered = 0
    var answerers: Set<UInt64> = []
    var hasEchoed = false
  }

  private var asking: [Int: Asking] = [:]

  /// - Parameter who: whom an Ethernet address answers for, in words.
  mutating func take(_ moment: Happening, names: [String], who: (EthernetAddress) -> String) -> String? {
    guard let host = moment.host else { return nil }
    switch moment.what {
    case .asked: return ask(host, at: moment.at, names: names)
    case .echoed:
      guard asking[host]?.hasEchoed == false else { return nil }
      asking[host]?.hasEchoed = true
      return "\(names[host]) asks for an ICMP echo, too"
    case .answered(_, let hardware, let isEcho):
      if !isEcho { asking[host]?.unanswered = 0 }
      let key = isEcho ? ~hardware.rawValue : hardware.rawValue
      guard asking[host]?.answerers.insert(key).inserted == true else { return nil }
      return "\(who(hardware)) answers \(names[host])\(isEcho ? "'s echo" : "")"
    case .reported(.transitioned(_, _, .claiming, _, _)):
      // Fewer are no silence, and then it is not for them that the host claims.
      guard let asked = asking.removeValue(forKey: host), asked.unanswered >= 8 else { return nil }
      let questions =
        asked.unanswered == asked.count ? "\(asked.count)" : "the last \(asked.unanswered) of \(asked.count)"
      return "\(questions) questions of \(names[host]) in \((moment.at - asked.began).text) without an answer"
    default: return nil
    }
  }

  private mutating func ask(_ host: Int, at now: Instant, names: [String]) -> String? {
    if let asked = asking[host], now - asked.last < .milliseconds(100) {
      asking[host]?.last = now
      asking[host]?.count += 1
      asking[host]?.unanswered += 1
      return nil
    }
    asking[host] = Asking(began: now, last: now, count: 1, unanswered: 1)
    return "\(names[host]) asks by ARP who has the address"
  }
}
