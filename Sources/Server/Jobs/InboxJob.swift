import Domain
import HTTP
import JSON
import Platform
import Store

/// Lists a user's notifications, which are read from the journal.
///
/// A list that would exceed `bytesMax` has fewer notifications than asked for: the first ones after `after`, or the
/// last ones if that was not given.
final class InboxJob: Job {
    /// The most bytes of one list.
    static let bytesMax = 1024 * 1024
    /// The bytes of notifications that are read before a job yields.
    private static let bytesPerAdvance = 64 * 1024
    /// The records that are passed over before a job yields, those that it wants among them.
    private static let recordsPerAdvance: UInt64 = 128
    /// The notifications that are read in one go, in the order of the journal.
    private static let chunkCount = 16

    private let durable: DurableDesk
    private let filter: InboxFilter
    private let caller: Caller
    /// What is left to list, oldest first; nil before the beginning.
    private var items: ArraySlice<InboxItem>?
    /// In the order in which they were read: the last ones first unless `isForward`.
    private var texts: [[UInt8]] = []
    private var bytes = 2
    private var isFull = false

    init(_ filter: InboxFilter, for caller: Caller, durable: DurableDesk) {
        self.durable = durable
        self.filter = filter
        self.caller = caller
    }

    /// Whether the first notifications matter most, and otherwise the last.
    private var isForward: Bool { filter.after != nil }

    func advance(now: Moment) throws(Refusal) -> HTTPResponse? {
        var items: ArraySlice<InboxItem>
        if let left = self.items {
            items = left
        } else {
            items = try durable.desk(at: now).inbox(filter, epoch: durable.epoch, for: caller)[...]
        }
        // Many users may have a job, so none keeps a file open.
        let lookup = JournalLookup(durable.journal)
        var bytesLeft = Self.bytesPerAdvance
        var recordsLeft = Self.recordsPerAdvance
        while !items.isEmpty, !isFull {
            guard bytesLeft > 0, recordsLeft > 0 else {
                self.items = items
                return nil
            }
            let chunk = isForward ? items.prefix(Self.chunkCount) : items.suffix(Self.chunkCount)
            if isForward { items = items.dropFirst(chunk.count) } else { items = items.dropLast(chunk.count) }
            let read = texts(of: chunk, lookup, &recordsLeft)
            for text in isForward ? read : read.reversed() where !isFull {
                isFull = !texts.isEmpty && bytes + text.count + 1 > Self.bytesMax
                if isFull { break }
                bytes += text.count + 1
                bytesLeft -= text.count
                texts.append(text)
            }
        }
        var writer = JSONWriter()
        writer.beginArray()
        for text in isForward ? texts : texts.reversed() { writer.raw(text) }
        writer.endArray()
        return .json(.ok, writer.bytes)
    }

    /// The texts of some notifications, oldest first. What the journal has dropped is left out.
    private func texts(
        of chunk: ArraySlice<InboxItem>, _ lookup: JournalLookup, _ recordsLeft: inout UInt64
    ) -> [[UInt8]] {
        var last = chunk.first?.sequence ?? 0
        return chunk.compactMap { item in
            // Farther records are searched for, which costs less than passing over all in between.
            let passed = min(item.sequence - last + 1, 64)
            recordsLeft -= min(recordsLeft, passed)
            last = item.sequence
            return InboxAPI.text(of: item, for: caller, lookup, durable)
        }
    }
}
