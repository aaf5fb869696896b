import Testing

@testable import Server

@Suite struct PasswordQueueTests {
    private func child(_ slot: Int32) -> ConnectionID { ConnectionID(slot: slot, generation: 1) }

    @Test func runsInOrderAndOnlySoManyAtOnce() {
        var queue = PasswordQueue<Int>()
        for number in 0..<4 {
            let isTaken = queue.add(.hashPassword(password: "p\(number)"), for: number, waitingMax: 10)
            #expect(isTaken)
        }
        for number in 0..<2 {
            let next = queue.takeNext(runningMax: 2)
            #expect(next?.purpose == number)
            #expect(next?.job == .hashPassword(password: "p\(number)"))
            queue.noteStart(of: child(Int32(number)), for: number)
        }
        #expect(queue.takeNext(runningMax: 2) == nil)
        #expect(queue.takePurpose(of: child(1)) == 1)
        #expect(queue.takePurpose(of: child(1)) == nil)
        #expect(queue.takeNext(runningMax: 2)?.purpose == 2)
    }

    @Test func refusesWhatDoesNotFit() {
        var queue = PasswordQueue<Int>()
        #expect(queue.add(.hashPassword(password: ""), for: 1, waitingMax: 1))
        #expect(!queue.add(.hashPassword(password: ""), for: 2, waitingMax: 1))
        #expect(queue.waitingCount == 1)
    }
}

private func == (left: (job: ChildJob, purpose: Int)?, right: Int?) -> Bool { left?.purpose == right }
