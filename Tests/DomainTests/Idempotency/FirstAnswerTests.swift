import Bytes
import JSON
import Testing

@testable import Domain

@Suite struct FirstAnswerTests {
    private func create(_ key: String, _ digest: String = "d", _ text: String = "x", user: Identifier = 1) throws
        -> Command
    {
        .createTicket(TicketDraft(userID: user, description: text), key: try IdempotencyKey(key: key, digest: digest))
    }

    @Test func `the same key gets the first answer again`() throws {
        var scene = try Scene.furnished()
        let first = try scene.event(try create("k"), by: Scene.driver)
        let answer = text { first.ticket?.write(into: &$0) }
        _ = try scene.patch(1, by: Scene.admin, ["description": "changed", "status": "closed"])
        try scene.event(.updateUser(1, try UserPatch(["phone": "changed"]), passwordHash: nil))
        try scene.event(.deleteTicket(1), by: Scene.admin)
        scene.desk = try scene.replayed()
        scene.desk.advance(toRunning: 2 * 86_400_000 - 1)
        guard case .repeated(let again) = try scene.run(try create("k"), by: Scene.driver) else {
            throw Unexpected(text: "a second ticket")
        }
        #expect(String(decoding: again.json, as: UTF8.self) == answer && again.number == 1)
        #expect(
            scene.refusal(of: try create("k", "other"), by: Scene.driver)
                == .unprocessable("Idempotency-Key was already used with another body"))
        #expect(scene.desk.ticketCount == 0)
    }

    @Test func `a key belongs to its user and ends after a day`() throws {
        var scene = try Scene.furnished()
        try scene.event(try create("k"), by: Scene.driver)
        try scene.event(try create("k", user: 5), by: Scene.otherDriver)
        scene.wait(milliseconds: 2 * 86_400_000)
        try scene.event(try create("k", "other"), by: Scene.driver)
        #expect(scene.desk.ticketCount == 3)
        #expect(scene.desk.firstAnswers.rows.count == 1)
        #expect(scene.refusal(of: try create("k"), by: Scene.driver)?.statusCode == 422)
        try scene.event(try create("k", "other", user: 5), by: Scene.otherDriver)
        #expect(scene.desk.firstAnswers.rows.count == 2)
    }

    @Test(arguments: [-40 * 86_400_000, 3 * 86_400_000, 400 * 86_400_000])
    func `a key stays valid if the clock is set`(milliseconds: Int64) throws {
        var scene = try Scene.furnished()
        try scene.event(try create("k"), by: Scene.driver)
        scene.setClock(byMilliseconds: milliseconds)
        scene.wait(milliseconds: 1000)
        guard case .repeated = try scene.run(try create("k"), by: Scene.driver) else {
            throw Unexpected(text: "a second ticket")
        }
        try scene.event(try create("other"), by: Scene.driver)
        guard case .repeated = try scene.run(try create("k"), by: Scene.driver) else {
            throw Unexpected(text: "another key has ended it")
        }
    }

    @Test func `keys must be printable and short`() {
        for key in ["", String(repeating: "k", count: 256), "é", "a\u{7F}"] {
            #expect(refusal { () throws(Refusal) in try IdempotencyKey(key: key, digest: "") }?.statusCode == 400)
        }
        #expect(refusal { () throws(Refusal) in try IdempotencyKey(key: "a b-\"c\"", digest: "") } == nil)
    }

    private func decide(_ command: Command, _ scene: Scene, by caller: Caller) throws {
        guard case .event(let event) = try scene.desk.decide(command, by: caller, now: scene.now) else {
            throw Unexpected(text: "no event")
        }
        scene.desk.apply(event)
    }

    @Test func `a user with too many keys loses its own oldest, and nobody else's`() throws {
        var scene = try Scene.furnished()
        try scene.event(try create("other", user: 5), by: Scene.otherDriver)
        let count = DeskLimits.idempotencyCountPerUserMax
        for number in 0...count { try decide(try create("k\(number)"), scene, by: Scene.driver) }
        #expect(scene.desk.firstAnswers.rows.count == count + 1)
        guard case .repeated = try scene.run(try create("other", user: 5), by: Scene.otherDriver),
            case .repeated = try scene.run(try create("k1"), by: Scene.driver),
            case .event = try scene.run(try create("k0"), by: Scene.driver)
        else { throw Unexpected(text: "another key was dropped") }
    }

    @Test func `the memory for the keys of one user is bounded`() throws {
        let scene = try Scene.furnished()
        let text = String(repeating: "x", count: 5_000)
        for number in 0..<300 {
            try decide(try create("k\(number)", "d", text), scene, by: Scene.driver)
            #expect(scene.desk.firstAnswers.bytes <= DeskLimits.idempotencyBytesPerUserMax)
        }
        // A long answer may end several short ones, and a record names at most some of them.
        #expect(scene.desk.firstAnswers.rows.count > 150)
        var bytes = 0
        scene.desk.firstAnswers.rows.forEach { bytes += $0.footprint }
        #expect(bytes == scene.desk.firstAnswers.bytes)
    }

    @Test func `when all keys are too many, the users with the most lose theirs`() throws {
        var answers = FirstAnswers()
        func answer(_ id: Identifier, _ user: Identifier) throws -> FirstAnswer {
            FirstAnswer(
                id: id, user: user, key: try IdempotencyKey(key: "\(id)", digest: "d"),
                at: Timestamp(milliseconds: 0), answer: CreationAnswer(number: 1, json: []),
                documentSequence: UInt64(id))
        }
        // One user has two keys, all others one.
        for id in 1...Identifier(DeskLimits.idempotencyCountMax) {
            answers.put(try answer(id, id == 40_000 ? 30_000 : id))
        }
        let one = Identifier(DeskLimits.idempotencyCountMax + 1)
        #expect(answers.ended(by: try answer(one, one), since: 0) == [30_000])
        #expect(answers.ended(by: try answer(one, 7), since: 0) == [30_000])
        #expect(answers.ended(by: try answer(one, 30_000), since: 0) == [30_000])
        #expect(answers.ended(by: try answer(one, one), since: 20).count == DeskLimits.idempotencyEndedMax)
    }

    /// The checkpointer wrote the newer document and was killed, so the older one comes and goes once more.
    @Test func `replaying an older answer does not hide a newer one`() throws {
        var scene = try Scene.furnished()
        let first = try scene.event(try create("k"), by: Scene.driver)
        scene.wait(milliseconds: 2 * DeskLimits.idempotencyMillis)
        let second = try scene.event(try create("k", "new"), by: Scene.driver)
        var answers = FirstAnswers()
        answers.apply(second, id: 2)
        answers.apply(first, id: 1)
        let key = try IdempotencyKey(key: "k", digest: "")
        #expect(answers.answer(to: key, of: 1, since: 0)?.id == 2)
        answers.apply(second, id: 2)
        answers.apply(second, id: 1)
        #expect(answers.answer(to: key, of: 1, since: 0)?.key.digest == "new" && answers.rows.count == 1)
    }
}
