import Foundation
import Synchronization

/// A listener that reads all the time, on a thread of its own, and measures how late events come.
///
/// Each event's response begins with the time of its request.
final class PromptListener: @unchecked Sendable {
    private struct Seen {
        var count = 0
        var longestDelay: UInt64 = 0
        var fault: String?
        var isOver = false
    }

    private let socket: NotificationSocket
    private let seen = Mutex(Seen())
    private let ended = DispatchSemaphore(value: 0)

    init(_ socket: NotificationSocket) {
        self.socket = socket
        let thread = Thread { [self] in run() }
        thread.stackSize = 1 << 20
        thread.start()
    }

    var longestDelayMillis: UInt64 { seen.withLock(\.longestDelay) / 1_000_000 }

    func forgetDelays() { seen.withLock { $0.longestDelay = 0 } }

    /// Waits until the listener has heard `count` events.
    func wait(for count: Int) throws {
        let deadline = Deadline(seconds: 120)
        while seen.withLock(\.count) < count {
            if let fault = seen.withLock(\.fault) { throw HarnessFault("the prompt listener: \(fault)") }
            if deadline.isOver { throw HarnessFault("the prompt listener has only \(seen.withLock(\.count)) events") }
            usleep(2000)
        }
    }

    func end() throws {
        seen.withLock { $0.isOver = true }
        guard ended.wait(timeout: .now() + 10) == .success else { throw HarnessFault("a listener did not end") }
    }

    private func run() {
        do {
            while !seen.withLock(\.isOver) {
                guard case .event(let event)? = try socket.next(within: 0.05) else { continue }
                let response = event.payload["data"]?["response"]?.stringValue ?? ""
                let delay = MonotonicNanos.now - (UInt64(response.prefix(while: \.isNumber)) ?? 0)
                seen.withLock {
                    $0.count += 1
                    $0.longestDelay = max($0.longestDelay, delay)
                }
            }
        } catch {
            seen.withLock { $0.fault = "\(error)" }
        }
        ended.signal()
    }
}
