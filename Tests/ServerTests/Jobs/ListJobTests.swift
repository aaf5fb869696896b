import HTTP
import JSON
import Testing

@testable import Domain
@testable import Server

/// Lists without a filter are written a share at a time.
@Suite struct ListJobTests {
    /// The answer, and the number of times that the job was given time.
    private func finish(_ job: any Job) throws -> (answer: JSONValue, advances: Int) {
        for advances in 1...10_000 {
            guard let response = try job.advance(now: StoredStation.start) else { continue }
            return (try JSONParser.parse(response.body), advances)
        }
        throw Unfinished()
    }

    private struct Unfinished: Error {}

    private func station() throws -> StoredStation {
        let station = try StoredStation()
        let draft = UserDraft(username: "dee", email: "dee@example.com", password: "password", role: .driver)
        try station.run(.createUser(draft, passwordHash: "$y$hash"), by: .operator)
        return station
    }

    @Test func `a thread of many bytes is written in shares`() throws {
        let station = try station()
        try station.file("Locker 4 is stuck")
        let text = String(repeating: "\u{1}", count: 400)
        for _ in 0..<100 { try station.run(.addComment(ticket: 1, .init(body: text)), by: .user(1)) }
        let desk = station.service.durable.desk
        let comments = try desk.comments(of: 1, for: .user(1)).map { CommentRow(comment: $0, ticket: 1) }
        let (answer, advances) = try finish(ListJob(FixedRows(comments), in: desk))
        let rows = answer.arrayValue ?? []
        let isWhole = rows.count == 100 && rows.allSatisfy { $0["support_id"] == 1 && $0["body"] == .string(text) }
        #expect(isWhole)
        // 100 times 2,500 bytes, 64 KiB at a time.
        #expect((4...5).contains(advances))
        let history = try finish(ListJob(FixedRows(try desk.history(of: 1, for: .user(1))), in: desk))
        #expect(history.answer.arrayValue?.first?["field"] == "created" && history.advances == 1)
        let empty = try finish(ListJob(FixedRows<CommentRow>([]), in: desk))
        #expect(empty.answer == [] && empty.advances == 1)
    }

    @Test func `many users are listed and counted in shares`() throws {
        let station = try station()
        for number in 0..<600 {
            let role: Role = number % 2 == 0 ? .admin : .driver
            let draft = UserDraft(
                username: "u\(number)", email: "u\(number)@example.com", password: "password", role: role)
            try station.run(.createUser(draft, passwordHash: "$y$hash"), by: .operator)
        }
        for _ in 0..<3 { try station.file("Stuck") }
        let desk = station.service.durable.desk
        let users = try finish(ListJob(NumberedRows<User>(for: .operator), in: desk))
        #expect(users.answer.arrayValue?.count == 601 && users.advances == 3)
        #expect(users.answer.arrayValue?.map { $0["user_id"]?.integerValue } == (1...601).map { Int64($0) })
        #expect(throws: Refusal.self) {
            try ListJob(NumberedRows<User>(for: .user(1)), in: desk).advance(now: station.now)
        }

        // Each of 300 admins has three to hear of.
        let delivery = station.service.delivery
        let count = try finish(
            BufferedCountJob(delivery) { count, _ in .json(.ok, Array("\(count)".utf8)) })
        #expect(count.answer == 900)
        #expect(count.advances > 50)
    }

    @Test func `many swap stations are listed in shares`() throws {
        let station = try station()
        for number in 0..<256 {
            try station.run(.createStation(.init(name: "S\(number)", address: "Road")), by: .operator)
        }
        let desk = station.service.durable.desk
        let stations = try finish(ListJob(NumberedRows<SwapStation>(for: .user(1)), in: desk))
        #expect(stations.answer.arrayValue?.count == 256 && stations.advances == 2)
    }
}
