import Bytes

/// Deadlines in a binary heap: reading the earliest is O(1), setting and expiring are O(log n).
///
/// Entries are never cancelled: an owner whose entry expires decides from its own state whether it is really due. Each
/// owner remembers the deadline that it last set and sets another only if that is earlier, so the heap holds few
/// entries for each.
public struct TimerQueue<Owner> {
    @usableFromInline struct Entry {
        @usableFromInline let deadline: MonotonicTime
        @usableFromInline let owner: Owner

        @usableFromInline init(deadline: MonotonicTime, owner: Owner) {
            self.deadline = deadline
            self.owner = owner
        }
    }

    @usableFromInline var heap: [Entry] = []

    /// Creates an empty queue.
    @inlinable public init() {}

    /// The earliest deadline, or nil if none is set.
    @inlinable public var next: MonotonicTime? { heap.first?.deadline }

    /// The number of entries, including obsolete ones.
    @inlinable public var count: Int { heap.count }

    /// Adds an entry. O(log n).
    @inlinable public mutating func set(_ deadline: MonotonicTime, for owner: Owner) {
        heap.append(Entry(deadline: deadline, owner: owner))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].deadline < heap[parent].deadline else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Removes the earliest entry whose deadline has come, and returns its owner. O(log n).
    @inlinable public mutating func removeExpired(at now: MonotonicTime) -> Owner? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first.owner
    }

    /// Drops the entries of owners that are gone. O(n log n).
    @inlinable public mutating func removeAll(where isGone: (Owner) -> Bool) {
        heap.removeAll { isGone($0.owner) }
        // A sorted array is a heap too.
        heap.sort { $0.deadline < $1.deadline }
    }

    @usableFromInline mutating func sink() {
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && heap[right].deadline < heap[left].deadline ? right : left
            guard heap[child].deadline < heap[parent].deadline else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
