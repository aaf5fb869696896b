/// Simulated time: a queue of actions, each run at its time.
///
/// The clock stands still while an action runs, then jumps to the next one. All randomness comes from one generator, so
/// a run is a function of its seed and its plan.
public final class World {
    private struct Entry {
        let time: Int64
        /// Breaks ties: actions for the same time run in the order in which they were planned.
        let number: UInt64
        let action: () -> Void
    }

    /// The time, in microseconds since the world began.
    public private(set) var now: Int64 = 0
    /// The source of all randomness in this world.
    public var random: SeededGenerator
    /// The record of what has happened so far.
    public var trace = Trace()
    /// The first failure found. Nothing happens after it.
    public private(set) var failure: Failure?

    private var heap: [Entry] = []
    private var nextNumber: UInt64 = 0

    /// Creates an empty world at time 0. Equal seeds give equal worlds.
    public init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// Plans an action for `time`, or for now if that has passed.
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

    /// Runs every action planned up to and including `end`, in microseconds, and sets the clock to `end`. Actions may
    /// call it too: a process that works for a long time lets others go on meanwhile.
    public func run(until end: Int64) {
        while failure == nil, let next = heap.first, next.time <= end {
            removeNext()
            now = max(now, next.time)
            next.action()
        }
        if failure == nil { now = max(now, end) }
    }

    /// Runs until `holds` returns true, looking every 20 ms, or until `end`. Returns false if it did not hold by then.
    func run(until end: Int64, or holds: () -> Bool) -> Bool {
        while failure == nil {
            if holds() { return true }
            guard now < end else { return false }
            run(until: min(end, now + 20_000))
        }
        return false
    }

    /// Ends the world: drops all planned actions and what they hold on to.
    func dismantle() { heap = [] }

    private func removeNext() {
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

    // MARK: The story

    func tell(_ sentence: @autoclosure () -> String) { trace.tell(now, sentence) }

    /// Records a failure, unless there is one already.
    func fail(_ kind: Failure.Kind, _ text: @autoclosure () -> String) {
        guard failure == nil else { return }
        let found = Failure(kind: kind, text: text(), at: now)
        tell("WRONG: \(found)")
        failure = found
    }
}

/// What happened in a run: a hash, which is equal for equal runs, and on request a story in sentences.
public struct Trace: Sendable {
    /// The FNV-1a hash of everything noted so far.
    public private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    /// The number of notes.
    public private(set) var count = 0
    /// The story so far; empty unless `keepsLines` is set.
    public private(set) var lines: [String] = []
    /// Whether the story is kept. It does not change the hash.
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

    /// Adds a sentence to the story, with the time in microseconds before it.
    mutating func tell(_ time: Int64, _ sentence: () -> String) {
        guard keepsLines else { return }
        let text = String(time)
        let padded = String(repeating: " ", count: max(0, 10 - text.utf8.count)) + text
        lines.append("\(padded) µs  \(sentence())")
    }
}
