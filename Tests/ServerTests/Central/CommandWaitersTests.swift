import Bytes
import Platform
import Testing

@testable import Server

@Suite struct CommandWaitersTests {
    private func connection(_ slot: Int32) -> ConnectionID { ConnectionID(slot: slot, generation: 1) }

    private func waiter(_ member: UInt32, _ slot: Int32, until millis: Int64 = 1000) -> CommandWaiters.Waiter {
        .init(
            member: member, connection: connection(slot), after: 0, deadline: MonotonicTime(milliseconds: millis))
    }

    @Test func `a member may have two requests that wait, and the oldest makes room`() {
        var waiters = CommandWaiters()
        for slot: Int32 in 1...3 { waiters.add(waiter(7, slot)) }
        waiters.add(waiter(8, 4))
        let oldest = waiters.makeRoom(for: 7) { _ in true }
        #expect(oldest?.connection == connection(1))
        let none = waiters.makeRoom(for: 8) { _ in true }
        #expect(none == nil)
    }

    @Test func `requests whose clients have gone are dropped first`() {
        var waiters = CommandWaiters()
        for slot: Int32 in 1...2 { waiters.add(waiter(7, slot)) }
        let oldest = waiters.makeRoom(for: 7) { $0 != connection(1) }
        #expect(oldest == nil)
        #expect(waiters.removeAll(of: 7).map(\.connection) == [connection(2)])
        #expect(waiters.isEmpty)
    }

    @Test func `requests expire at their deadlines`() {
        var waiters = CommandWaiters()
        waiters.add(waiter(7, 1, until: 500))
        waiters.add(waiter(8, 2, until: 400))
        #expect(waiters.nextDeadline == MonotonicTime(milliseconds: 400))
        #expect(waiters.removeExpired(at: MonotonicTime(milliseconds: 399)).isEmpty)
        #expect(waiters.removeExpired(at: MonotonicTime(milliseconds: 400)).map(\.member) == [8])
        #expect(waiters.removeAll().map(\.member) == [7])
        #expect(waiters.nextDeadline == nil)
    }
}
