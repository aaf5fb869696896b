/// The number of a ticket, user or swap station, given out from 1 upwards, each once. Zero never names anything, so it
/// stands for numbers from outside that cannot be valid.
public typealias Identifier = UInt32

/// A row that has a number.
protocol Numbered: Sendable {
    var id: Identifier { get }
}

extension Ticket: Numbered {}
extension User: Numbered {}
extension SwapStation: Numbered {}

extension Identifier: Numbered {
    var id: Identifier { self }
}

/// Rows in the order of their numbers, in chunks of bounded size. Finding a row is O(log n), adding or removing one
/// moves at most one chunk, and growing never copies the whole table.
struct OrderedTable<Row: Numbered>: Sendable {
    private static var chunkCountMax: Int { 256 }

    /// Where a row is.
    struct Place {
        var chunk: Int
        var row: Int
    }

    /// No chunk is empty; rows rise within a chunk and from chunk to chunk.
    private var chunks: [[Row]] = []

    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// The row with the lowest number.
    var first: Row? { chunks.first?.first }

    subscript(id: Identifier) -> Row? { place(of: id).map { chunks[$0.chunk][$0.row] } }

    subscript(place: Place) -> Row {
        get { chunks[place.chunk][place.row] }
        _modify { yield &chunks[place.chunk][place.row] }
    }

    /// A number above that of every row; 0 if there is none.
    var end: Identifier {
        guard let last = chunks.last?.last?.id else { return 0 }
        return last == .max ? last : last + 1
    }

    func contains(_ id: Identifier) -> Bool { place(of: id) != nil }

    func place(of id: Identifier) -> Place? {
        let place = lowerBound(id)
        guard place.chunk < chunks.count, place.row < chunks[place.chunk].count,
            chunks[place.chunk][place.row].id == id
        else { return nil }
        return place
    }

    /// Adds a row, or replaces the row with the same number.
    mutating func insert(_ row: Row) {
        var place = lowerBound(row.id)
        if place.chunk == chunks.count {
            place.chunk -= 1
            if place.chunk < 0 || chunks[place.chunk].count >= Self.chunkCountMax {
                chunks.append([row])
                count += 1
                return
            }
            place.row = chunks[place.chunk].count
        } else if chunks[place.chunk][place.row].id == row.id {
            chunks[place.chunk][place.row] = row
            return
        }
        chunks[place.chunk].insert(row, at: place.row)
        count += 1
        if chunks[place.chunk].count > Self.chunkCountMax { split(place.chunk) }
    }

    @discardableResult
    mutating func remove(_ id: Identifier) -> Bool {
        guard let place = place(of: id) else { return false }
        chunks[place.chunk].remove(at: place.row)
        if chunks[place.chunk].isEmpty { chunks.remove(at: place.chunk) }
        count -= 1
        return true
    }

    /// Visits the rows from number `start` on, by rising number, until `visit` returns false.
    func ascending(from start: Identifier = 0, _ visit: (Row) -> Bool) {
        let place = lowerBound(start)
        for chunk in chunks.indices.dropFirst(place.chunk) {
            for row in chunks[chunk].dropFirst(chunk == place.chunk ? place.row : 0) where !visit(row) { return }
        }
    }

    /// Visits the rows with numbers below `end`, by falling number, until `visit` returns false.
    func descending(below end: Identifier = .max, _ visit: (Row) -> Bool) {
        let place = lowerBound(end)
        for chunk in chunks.indices.prefix(place.chunk + 1).reversed() {
            // A span lends its rows. An array's would be copied, and each copy counts the references in it.
            let own = chunks[chunk]
            let rows = own.span
            var row = chunk == place.chunk ? place.row : rows.count
            while row > 0 {
                row -= 1
                if !visit(rows[row]) { return }
            }
        }
    }

    /// Visits all rows by rising number.
    func forEach(_ visit: (Row) -> Void) {
        for chunk in chunks {
            for row in chunk { visit(row) }
        }
    }

    /// The first row for which `holds` returns true; O(n).
    func first(where holds: (Row) -> Bool) -> Row? {
        for chunk in chunks {
            if let row = chunk.first(where: holds) { return row }
        }
        return nil
    }

    /// The place of the first row whose number is `id` or more; after the last chunk if there is none.
    ///
    /// A new row has the highest number and is looked up before it is added: that costs no search, and no walk over
    /// memory that was last touched long ago.
    private func lowerBound(_ id: Identifier) -> Place {
        var low = 0
        var high = chunks.count
        if let newest = chunks.last, newest[newest.count - 1].id < id { return Place(chunk: high, row: 0) }
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle][chunks[middle].count - 1].id < id { low = middle + 1 } else { high = middle }
        }
        let chunk = low
        guard chunk < chunks.count else { return Place(chunk: chunk, row: 0) }
        low = 0
        high = chunks[chunk].count
        // Numbers mostly follow each other without gaps.
        let first = chunks[chunk][0].id
        if id >= first {
            let row = Int(id - first)
            if row < high, chunks[chunk][row].id == id { return Place(chunk: chunk, row: row) }
        }
        while low < high {
            let middle = (low + high) / 2
            if chunks[chunk][middle].id < id { low = middle + 1 } else { high = middle }
        }
        return Place(chunk: chunk, row: low)
    }

    private mutating func split(_ chunk: Int) {
        let half = chunks[chunk].count / 2
        chunks.insert(Array(chunks[chunk][half...]), at: chunk + 1)
        chunks[chunk].removeSubrange(half...)
    }
}
