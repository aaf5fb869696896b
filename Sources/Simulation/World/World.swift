/// Simulated time: what is to happen, in its order, and nothing happens but that.
///
/// The clock stands still while something happens and jumps to what comes next. Whatever is random here comes from one
/// generator, so that a run is a function of its seed and its plan.
public final class World {
    private struct Entry {
        let time: Int64
        /// What was planned first happens first.
        let number: UInt64
        let action: () -> Void
    }

    /// Microseconds since the world began.
    public private(set) var now: Int64 = 0
    public var random: SeededGenerator
    public var trace = Trace()
    /// The first thing that was found to be wrong; nothing more happens then.
    public private(set) var failure: Failure?

    private var heap: [Entry] = []
    private var nextNumber: UInt64 = 0

    public init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// Plans something for a time, or for now where that has passed.
    func at(_ time: Int64, _ action: @escaping () -> Void) {
        nextNumber += 1
        heap.append(Entry(time: max(time, now), number: nextNumber, action: action))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.isEarlier(heap[child], heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    func after(_ micros: Int64, _ action: @escaping () -> Void) { at(now + micros, action) }

    /// Lets everything happen up to a time. May be called by what happens: a process that works for long lets others go
    /// on meanwhile.
    public func run(until end: Int64) {
        while failure == nil, let next = heap.first, next.time <= end {
            take()
            now = max(now, next.time)
            next.action()
        }
        if failure == nil { now = max(now, end) }
    }

    /// Lets everything happen until something holds, or until a time; false where it did not hold by then.
    func run(until end: Int64, or holds: () -> Bool) -> Bool {
        while failure == nil {
            if holds() { return true }
            guard now < end else { return false }
            run(until: min(end, now + 20_000))
        }
        return false
    }

    /// For the end of the world: what was planned does not happen, and nothing is kept for it.
    func dismantle() { heap = [] }

    private func take() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && Self.isEarlier(heap[child], heap[least]) { least = child }
            guard least != parent else { return }
            heap.swapAt(least, parent)
            parent = least
        }
    }

    private static func isEarlier(_ left: Entry, _ right: Entry) -> Bool {
        left.time != right.time ? left.time < right.time : left.number < right.number
    }

    // MARK: What is said

    func tell(_ sentence: @autoclosure () -> String) { trace.tell(now, sentence) }

    /// Something is wrong.
    func fail(_ kind: Failure.Kind, _ text: @autoclosure () -> String) {
        guard failure == nil else { return }
        let found = Failure(kind: kind, text: text(), at: now)
        tell("WRONG: \(found)")
        failure = found
    }
}

/// What happened in a run, as a number that is the same whenever the same happens, and as sentences where somebody
/// wants to read them.
public struct Trace: Sendable {
    /// FNV-1a of everything that was noted.
    public private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    public private(set) var count = 0
    /// The sentences; empty unless they are kept.
    public private(set) var lines: [String] = []
    /// Whether sentences are kept.
    public var keepsLines = false

    mutating func note(_ values: UInt64...) {
        count += 1
        for value in values {
            for shift: UInt64 in [0, 8, 16, 24, 32, 40, 48, 56] {
                hash = (hash ^ (value >> shift & 0xFF)) &* 0x100_0000_01B3
            }
        }
    }

    mutating func note(_ bytes: [UInt8]) {
        count += 1
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    /// A sentence for people, with the time in microseconds.
    mutating func tell(_ time: Int64, _ sentence: () -> String) {
        guard keepsLines else { return }
        let text = String(time)
        let padded = String(repeating: " ", count: max(0, 10 - text.utf8.count)) + text
        lines.append("\(padded) µs  \(sentence())")
    }
}
