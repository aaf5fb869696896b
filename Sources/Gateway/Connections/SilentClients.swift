import Platform

/// The connections, or sessions, whose clients have never proved who they are, in the order of their arrival.
///
/// They are the first to go when places are short, and their input is bounded in total. Each has a number above 0, by
/// which it is found.
struct SilentClients<ID> {
    private struct Entry {
        let id: ID
        let site: Site
        let turn: UInt64
        var inputBytes = 0
    }

    /// The numbers of one address in the order of arrival. Some may be of clients that are no longer silent.
    private struct Line {
        var numbers: [UInt64] = []
        var count = 0
    }

    private var entries: [UInt64: Entry] = [:]
    private var lines: [Site: Line] = [:]
    private var lastNumber: UInt64 = 0
    /// Bytes of their input that wait to be complete.
    private(set) var inputBytes = 0

    /// The number of silent clients.
    var count: Int { entries.count }

    /// Adds a client that has arrived in this turn, and returns its number.
    mutating func insert(_ id: ID, from site: Site, turn: UInt64) -> UInt64 {
        lastNumber += 1
        entries[lastNumber] = Entry(id: id, site: site, turn: turn)
        lines[site, default: Line()].numbers.append(lastNumber)
        lines[site]?.count += 1
        return lastNumber
    }

    /// Removes a client that has proved who it is, or has gone.
    mutating func remove(_ number: UInt64) {
        guard let entry = entries.removeValue(forKey: number) else { return }
        inputBytes -= entry.inputBytes
        guard var line = lines.removeValue(forKey: entry.site) else { return }
        line.count -= 1
        guard line.count > 0 else { return }
        // Each removal pays for one of the places that are cleared here.
        if line.numbers.count > 2 * line.count + 16 { line.numbers.removeAll { entries[$0] == nil } }
        lines[entry.site] = line
    }

    /// Sets how many bytes of a client's input wait to be complete.
    mutating func setInput(_ bytes: Int, of number: UInt64) {
        guard let entry = entries[number], entry.inputBytes != bytes else { return }
        inputBytes += bytes - entry.inputBytes
        entries[number]?.inputBytes = bytes
    }

    /// The client with most input that waits; of several, the one that arrived first.
    var largestInput: (id: ID, bytes: Int)? {
        let largest = entries.max { left, right in
            (left.value.inputBytes, right.key) < (right.value.inputBytes, left.key)
        }
        return largest.map { ($0.value.id, $0.value.inputBytes) }
    }

    /// The oldest client of an address that may go.
    ///
    /// - Parameter mayGo: whether a client may go; `isNew` is true if it arrived in this turn.
    func oldest(from site: Site, turn: UInt64, mayGo: (_ id: ID, _ isNew: Bool) -> Bool) -> ID? {
        guard let line = lines[site] else { return nil }
        for number in line.numbers {
            guard let entry = entries[number], mayGo(entry.id, entry.turn == turn) else { continue }
            return entry.id
        }
        return nil
    }

    /// The oldest client that may go of the address with most of them; of several addresses, the one whose first client
    /// arrived first. So a flood from a few addresses drives out its own.
    func oldest(turn: UInt64, mayGo: (_ id: ID, _ isNew: Bool) -> Bool) -> ID? {
        let hasMore = { (left: Line, right: Line) in
            (left.count, right.numbers.first ?? 0) > (right.count, left.numbers.first ?? 0)
        }
        let largest = lines.min { hasMore($0.value, $1.value) }
        if let largest, let id = oldest(from: largest.key, turn: turn, mayGo: mayGo) { return id }
        for (site, _) in lines.sorted(by: { hasMore($0.value, $1.value) }) {
            if let id = oldest(from: site, turn: turn, mayGo: mayGo) { return id }
        }
        return nil
    }
}
