import Foundation
import Synchronization

/// Runs blocking work on threads of its own, so that the test runner's few threads stay free.
enum Threads {
    /// Starts a thread with `body` for each number below `count`. The group's `wait` waits for all of them.
    static func start(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> Group {
        let group = Group(count: count)
        for index in 0..<count {
            let thread = Thread {
                body(index)
                group.done.signal()
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
        return group
    }

    struct Group: Sendable {
        fileprivate let count: Int
        fileprivate let done = DispatchSemaphore(value: 0)

        fileprivate init(count: Int) { self.count = count }

        func wait(seconds: Double) throws {
            let end = DispatchTime.now() + seconds
            for _ in 0..<count where done.wait(timeout: end) == .timedOut {
                throw HarnessFault("threads did not end within \(seconds) s")
            }
        }
    }

    /// Runs `body` for each number below `count` at the same time. Throws the first fault.
    static func run(_ count: Int, seconds: Double = 60, _ body: @escaping @Sendable (Int) throws -> Void) throws {
        let faults = Faults()
        let group = start(count) { index in
            do { try body(index) } catch { faults.note(error) }
        }
        try group.wait(seconds: seconds)
        if let fault = faults.first { throw fault }
    }

    private final class Faults: Sendable {
        private let stored = Mutex<(any Error)?>(nil)

        func note(_ error: any Error) { stored.withLock { if $0 == nil { $0 = error } } }

        var first: (any Error)? { stored.withLock { $0 } }
    }
}
