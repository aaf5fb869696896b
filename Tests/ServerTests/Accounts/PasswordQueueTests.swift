import Platform
import Testing

@testable import Server

@Suite struct PasswordQueueTests {
    private typealias Queue = PasswordQueue<Int>

    private var queue = Queue()
    private var bounds = Queue.Bounds(waitingMax: 10)

    private func child(_ slot: Int32) -> ConnectionID { ConnectionID(slot: slot, generation: 1) }

    private mutating func add(_ number: Int, site: Site = 1, account: String = "a") -> Queue.Outcome {
        queue.add(
            .hashPassword(password: "p\(number)"), for: number, of: .init(site: site, account: account),
            within: bounds)
    }

    /// Adds a task that there is room for.
    private mutating func put(_ number: Int, site: Site = 1, account: String = "a") {
        guard case .added = add(number, site: site, account: account) else { return #expect(Bool(false), "\(number)") }
    }

    private mutating func order() -> [Int] {
        var numbers: [Int] = []
        while let next = queue.dequeue(runningMax: 1) { numbers.append(next.purpose) }
        #expect(queue.waitingCount == 0)
        return numbers
    }

    @Test mutating func `jobs run in order, and only a limited number at once`() {
        for number in 0..<4 { put(number) }
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

    @Test mutating func `a full queue refuses another job`() {
        bounds.waitingMax = 1
        put(1)
        guard case .refused(.passwordQueue) = add(2) else { return #expect(Bool(false)) }
        guard case .refused(.passwordQueue) = add(3, site: 2) else { return #expect(Bool(false)) }
        #expect(queue.waitingCount == 1)
    }

    @Test mutating func `addresses take turns, and so do the accounts of an address`() {
        for number in 0..<4 { put(number, site: 1, account: "a") }
        for number in 10..<12 { put(number, site: 1, account: "b") }
        for number in 20..<22 { put(number, site: 2, account: "a") }
        let numbers = order()
        #expect(numbers == [0, 20, 10, 21, 1, 11, 2, 3])
    }

    @Test mutating func `an address that comes back goes to the end`() {
        for number in 0..<2 { put(number, site: 1) }
        put(10, site: 2)
        for expected in [0, 10] {
            let next = queue.dequeue(runningMax: 1)
            #expect(next?.purpose == expected)
        }
        put(11, site: 2)
        let numbers = order()
        #expect(numbers == [1, 11])
    }

    @Test mutating func `an account has its own bound`() {
        bounds.perAccountMax = 2
        for number in 0..<2 { put(number) }
        guard case .refused(.passwordQueuePerAccount) = add(2) else { return #expect(Bool(false)) }
        put(3, account: "b")
        put(4, site: 2)
    }

    @Test mutating func `in a full address, the account with most gives up its newest`() {
        bounds.perAddressMax = 3
        for number in 0..<3 { put(number) }
        guard case .replaced(2, .passwordQueuePerAddress) = add(3, account: "b") else { return #expect(Bool(false)) }
        // Two and two would be no fairer than two and one.
        guard case .refused(.passwordQueuePerAddress) = add(4, account: "b") else { return #expect(Bool(false)) }
        let numbers = order()
        #expect(numbers == [0, 3, 1])
    }

    @Test mutating func `in a full queue, the address with most gives up its newest`() {
        for number in 0..<10 { put(number, account: "a\(number % 5)") }
        for number in 10..<15 {
            guard case .replaced = add(number, site: 2) else { return #expect(Bool(false), "\(number)") }
        }
        guard case .refused(.passwordQueue) = add(15, site: 2) else { return #expect(Bool(false)) }
        #expect(queue.waitingCount == 10)
        let numbers = order()
        #expect(numbers.filter { $0 >= 10 }.count == 5)
    }

    @Test mutating func `second steps wait for nobody`() {
        for number in 0..<10 { put(number) }
        queue.addSecondStep(.hashPassword(password: ""), for: 99)
        let numbers = order()
        #expect(numbers.first == 99 && numbers.count == 11)
    }

    @Test mutating func `the jobs of clients that have left are dropped`() {
        for number in 0..<4 { put(number, site: Site(UInt64(number % 2))) }
        let dropped = queue.removeAll { $0 % 2 == 0 }
        #expect(dropped == [0, 2])
        let numbers = order()
        #expect(numbers == [1, 3])
    }
}
