import Generators
import Testing

@testable import Domain

@Suite struct OrderedTableTests {
    @Test func `a table behaves like a sorted set`() {
        var generator = RepeatableGenerator.announced("OrderedTableTests")
        var table = OrderedTable<Identifier>()
        var model: Set<Identifier> = []
        for round in 0..<20_000 {
            let id = Identifier.random(in: 1...(round < 10_000 ? 3000 : 300), using: &generator)
            if Bool.random(using: &generator) {
                table.insert(id)
                model.insert(id)
            } else {
                #expect(table.remove(id) == (model.remove(id) != nil))
            }
            if round % 500 == 0 { compare(table, model) }
        }
        compare(table, model)
        for id in model { table.remove(id) }
        #expect(table.isEmpty)
        compare(table, [])
    }

    @Test func `rising rows stay in order`() {
        var table = OrderedTable<Identifier>()
        for id in 1...Identifier(5000) { table.insert(id) }
        compare(table, Set(1...5000))
    }

    private func compare(_ table: OrderedTable<Identifier>, _ model: Set<Identifier>) {
        var rising: [Identifier] = []
        table.ascending {
            rising.append($0)
            return true
        }
        #expect(rising == model.sorted())
        #expect(table.count == model.count)
        for end: Identifier in [0, 1, 17, 250, 2999, 5000, .max] {
            var falling: [Identifier] = []
            table.descending(below: end) {
                falling.append($0)
                return falling.count < 1000
            }
            #expect(falling == Array(model.filter { $0 < end }.sorted().reversed().prefix(1000)))
        }
        for id in Identifier(0)...20 { #expect(table.contains(id) == model.contains(id)) }
    }
}
