import Platform
import Testing

@testable import Server

@Suite struct PasswordQueueTests {
    private func child(_ slot: Int32) -> ConnectionID { ConnectionID(slot: slot, generation: 1) }

    @Test func `jobs run in order, and only a limited number at once`() {
        var queue = PasswordQueue<Int>()
        for number in 0..<4 {
            let isAccepted = queue.add(.hashPassword(password: "p\(number)"), for: number, waitingMax: 10)
            #expect(isAccepted)
        }
        for number in 0..<2 {
            let next = queue.dequeue(runningMax: 2)
            #expect(next?.purpose == number)
            #expect(next?.job == .hashPassword(password: "p\(number)"))
            queue.noteStart(of: child(Int32(number)), for: number)
        }
        let third = queue.dequeue(runningMax: 2)
        #expect(third?.purpose == nil)
        let ended = queue.removePurpose(of: child(1))
        let endedTwice = queue.removePurpose(of: child(1))
        #expect(ended == 1)
        #expect(endedTwice == nil)
        let next = queue.dequeue(runningMax: 2)
        #expect(next?.purpose == 2)
    }

    @Test func `a full queue refuses another job`() {
        var queue = PasswordQueue<Int>()
        let isFirstAccepted = queue.add(.hashPassword(password: ""), for: 1, waitingMax: 1)
        let isSecondAccepted = queue.add(.hashPassword(password: ""), for: 2, waitingMax: 1)
        #expect(isFirstAccepted && !isSecondAccepted)
        #expect(queue.waitingCount == 1)
    }
}
