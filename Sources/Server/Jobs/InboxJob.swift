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
    /// The bytes of records that are read before a job yields.
    private static let bytesPerAdvance = 64 * 1024
    private static let itemsPerAdvance = 256

    private let durable: DurableDesk
    private let filter: InboxFilter
    private let caller: Caller
    /// What to list; nil before the beginning.
    private var items: [InboxItem]?
    private var next = 0
    private var texts: [[UInt8]] = []
    private var bytes = 2

    init(_ filter: InboxFilter, for caller: Caller, durable: DurableDesk) {
        self.durable = durable
        self.filter = filter
        self.caller = caller
    }

    /// Whether the first notifications come first.
    private var isForward: Bool { filter.after != nil }

    private func begin(now: Moment) throws(Refusal) -> [InboxItem] {
        let items = try durable.desk(at: now).inbox(filter, epoch: durable.epoch, for: caller)
        return isForward ? items : items.reversed()
    }

    func advance(now: Moment) throws(Refusal) -> HTTPResponse? {
        let items: [InboxItem]
        if let known = self.items { items = known } else { items = try begin(now: now) }
        self.items = items
        // Many users may have a job, so none keeps a file open.
        let lookup = JournalLookup(durable.journal)
        var bytesLeft = Self.bytesPerAdvance
        var itemsLeft = Self.itemsPerAdvance
        while next < items.count {
            guard bytesLeft > 0, itemsLeft > 0 else { return nil }
            let item = items[next]
            next += 1
            itemsLeft -= 1
            // What the journal has dropped is left out.
            guard let text = InboxAPI.text(of: item.sequence, isRead: item.isRead, lookup, durable) else { continue }
            if !texts.isEmpty, bytes + text.count + 1 > Self.bytesMax { break }
            bytes += text.count + 1
            bytesLeft -= text.count
            texts.append(text)
        }
        var writer = JSONWriter()
        writer.beginArray()
        for text in isForward ? texts : texts.reversed() { writer.raw(text) }
        writer.endArray()
        return .json(.ok, writer.bytes)
    }
}
