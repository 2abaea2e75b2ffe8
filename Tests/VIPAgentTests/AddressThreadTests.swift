import Glibc
import Linux
import Netlink
import TakeoverCore
import Testing

@testable import VIPAgent
import struct TakeoverCore.Tag

/// What the heartbeat thread orders of the address thread and what it hears back; the test is the heartbeat thread.
@Suite(.enabled(if: PrivateNetwork.isPossible, "needs root: network namespaces"), .timeLimit(.minutes(1)))
struct AddressThreadTests {
  private static let group = Tag(of: "g")

  /// An address thread of node a, and its neighbour's ends of its mailboxes.
  private struct Rig {
    let orders: Mailbox<AddressOrder>
    let notices: Mailbox<AddressNotice>

    func order(_ order: AddressOrder) { #expect(orders.post(order)) }

    /// The first notice that `choose` makes something of; the others are lost.
    @discardableResult func hear<Result>(_ choose: (AddressNotice) -> Result?) -> Result {
      while true {
        notices.wakeup.clear()
        while let notice = notices.take() {
          if let result = choose(notice) { return result }
        }
        _ = becomesReadable(notices.wakeup.descriptor.raw)
      }
    }

    /// Whether the kernel was found to have the group's addresses for this claim.
    func isHeld(for claim: UInt64) -> Bool {
      hear { notice in
        switch notice {
        case .added(AddressThreadTests.group, claim, _): true
        case .failed(AddressThreadTests.group, claim): false
        default: nil
        }
      }
    }
  }

  private func withThread(in network: borrowing PrivateNetwork, _ body: (Rig) throws -> Void) throws {
    let keys = KeyRing(signing: Key(id: 1, secret: Array(repeating: 7, count: 32)), keys: [])
    try network.enter {
      let plan = try Plan(
        try parse(smallest(heartbeat: "realtime = false")), keys: keys, nodeName: "a", session: 4711, after: nil)
      let pipe = try Pipe()
      let log = try Log(to: pipe.writer, node: "a", journalStream: nil)
      let addresses = try AddressThread(plan: plan, pulse: Pulse(), log: log)
      let thread = try Thread(name: "addresses") { addresses.run() }
      defer {
        _ = addresses.orders.post(.exit)
        thread.join()
        log.close(flushWithin: 10_000)
        withExtendedLifetime(plan) {}
      }
      try body(Rig(orders: addresses.orders, notices: addresses.notices))
    }
  }

  private func addresses(in network: borrowing PrivateNetwork) throws -> [String] {
    try network.enter {
      var route = try RouteSocket()
      return try route.addresses(of: .v4).map { "\($0.prefix)" }
    }
  }

  /// A reload may order the same claim again before its refusal was heard of. Its node gives the claim up, and would
  /// neither serve nor remove what came of the second order.
  @Test func aClaimThatWasRefusedStaysRefused() throws {
    let network = try PrivateNetwork()
    try withThread(in: network) { rig in
      rig.hear { if case .surveyed = $0 { true } else { nil } }
      rig.order(.hold(Self.group, term: 1))
      #expect(!rig.isHeld(for: 1))
      // What made the kernel refuse it is over.
      try network.connect("eth0", "eth1")
      rig.hear { if case .linkUp(Self.group) = $0 { true } else { nil } }
      rig.order(.hold(Self.group, term: 1))
      #expect(!rig.isHeld(for: 1))
      #expect(try addresses(in: network) == [])
      rig.order(.hold(Self.group, term: 2))
      #expect(rig.isHeld(for: 2))
      #expect(try addresses(in: network) == ["192.0.2.10/24"])
    }
    #expect(try addresses(in: network) == [], "the thread's end")
  }
}
