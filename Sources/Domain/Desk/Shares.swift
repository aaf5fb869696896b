/// Rows by the person who caused each, to drop what one person has too many of before what others have.
///
/// Rows are numbered in the order of their age; each belongs to one person: a user, or `nobody`. Everything here is
/// O(log n), so it can be asked for with every row.
struct Shares: Sendable {
    /// Stands for all who are not users.
    static let nobody: Identifier = 0

    private var rows: [Identifier: OrderedTable<Identifier>] = [:]

    /// By number of rows: the oldest row of each person who has this number.
    private var oldest: [Int: OrderedTable<Identifier>] = [:]

    /// The rows of all.
    private(set) var count = 0

    /// The greatest number of rows that one person has.
    private var largest = 0

    /// The number of rows of a person.
    func count(of person: Identifier) -> Int { rows[person]?.count ?? 0 }

    /// The row to be dropped when `person` gets one more than there is room for: the oldest of the person who then has
    /// the most; of several, `person` first, then the one with the oldest row.
    func next(besideOneMoreOf person: Identifier) -> Identifier? {
        if largest > 0, count(of: person) == largest { return rows[person]?.first }
        return oldest[largest]?.first
    }

    /// Visits the rows of a person, oldest first, until `visit` returns false.
    func visit(of person: Identifier, _ visit: (Identifier) -> Bool) { rows[person]?.ascending(visit) }

    /// Adds a row, unless it is there.
    mutating func insert(_ row: Identifier, of person: Identifier) {
        guard rows[person]?.contains(row) != true else { return }
        change(person) { $0.insert(row) }
    }

    /// Removes a row, if it is there.
    mutating func remove(_ row: Identifier, of person: Identifier) {
        guard rows[person]?.contains(row) == true else { return }
        change(person) { $0.remove(row) }
    }

    private mutating func change(_ person: Identifier, _ body: (inout OrderedTable<Identifier>) -> Void) {
        var table = rows.removeValue(forKey: person) ?? OrderedTable()
        if let first = table.first {
            oldest[table.count]?.remove(first)
            if oldest[table.count]?.isEmpty == true { oldest[table.count] = nil }
        }
        count -= table.count
        body(&table)
        count += table.count
        if let first = table.first {
            oldest[table.count, default: OrderedTable()].insert(first)
            rows[person] = table
        }
        largest = max(largest, table.count)
        while largest > 0, oldest[largest] == nil { largest -= 1 }
    }
}
