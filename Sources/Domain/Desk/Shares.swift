/// Rows by the person who caused each, to drop what one person has too many of before what others have.
///
/// Rows are numbered in the order of their age; each belongs to one person: a user, or `nobody`. Everything here is
/// O(log n), so it can be asked for with every row.
struct Shares: Sendable {
    /// Stands for all who are not users.
    static let nobody: Identifier = 0

    private var rows: [Identifier: OrderedTable<Identifier>] = [:]

    /// At the place of a number: the oldest row of each person who has this number of rows. The last place is that of
    /// the persons with the most.
    private var oldest: [OrderedTable<Identifier>] = []

    /// The rows of all.
    private(set) var count = 0

    /// The number of rows of a person.
    func count(of person: Identifier) -> Int { rows[person]?.count ?? 0 }

    /// The row to be dropped when `person` gets one more than there is room for: the oldest of the person who then has
    /// the most; of several, `person` first, then the one with the oldest row.
    func next(besideOneMoreOf person: Identifier) -> Identifier? {
        guard let largest = oldest.last else { return nil }
        if let own = rows[person], own.count == oldest.count - 1 { return own.first }
        return largest.first
    }

    /// Visits the rows of a person, oldest first, until `visit` returns false.
    func visit(of person: Identifier, _ visit: (Identifier) -> Bool) { rows[person]?.ascending(visit) }

    /// Adds a row, unless it is there.
    mutating func insert(_ row: Identifier, of person: Identifier) { change(person) { $0.insert(row) } }

    /// Removes a row, if it is there.
    mutating func remove(_ row: Identifier, of person: Identifier) { change(person) { $0.remove(row) } }

    private mutating func change(_ person: Identifier, _ body: (inout OrderedTable<Identifier>) -> Void) {
        let (before, after) = Self.change(&rows[person, default: OrderedTable()], body)
        if after.count == 0 { rows[person] = nil }
        guard before.count != after.count else { return }
        count += after.count - before.count
        if let first = before.first { oldest[before.count].remove(first) }
        if let first = after.first {
            while oldest.count <= after.count { oldest.append(OrderedTable()) }
            oldest[after.count].insert(first)
        }
        while oldest.last?.isEmpty == true { oldest.removeLast() }
    }

    private typealias Extent = (count: Int, first: Identifier?)

    private static func change(
        _ table: inout OrderedTable<Identifier>, _ body: (inout OrderedTable<Identifier>) -> Void
    ) -> (before: Extent, after: Extent) {
        let before = (table.count, table.first)
        body(&table)
        return (before, (table.count, table.first))
    }
}
