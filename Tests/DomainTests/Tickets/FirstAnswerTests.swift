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
        scene.wait(milliseconds: 86_399_999)
        guard case .repeated(let again) = try scene.run(try create("k"), by: Scene.driver) else {
            throw Unexpected(text: "a second ticket")
        }
        #expect(text { again.write(into: &$0) } == answer)
        #expect(
            scene.refusal(of: try create("k", "other"), by: Scene.driver)
                == .unprocessable("Idempotency-Key was already used with another body"))
        #expect(scene.desk.ticketCount == 0)
    }

    @Test func `a key belongs to its user and lasts a day`() throws {
        var scene = try Scene.furnished()
        try scene.event(try create("k"), by: Scene.driver)
        try scene.event(try create("k", user: 5), by: Scene.otherDriver)
        scene.wait(milliseconds: 86_400_000)
        try scene.event(try create("k", "other"), by: Scene.driver)
        #expect(scene.desk.ticketCount == 3)
        #expect(scene.desk.firstAnswers.rows.count == 1)
        #expect(scene.refusal(of: try create("k"), by: Scene.driver)?.statusCode == 422)
        try scene.event(try create("k", "other", user: 5), by: Scene.otherDriver)
        #expect(scene.desk.firstAnswers.rows.count == 2)
    }

    @Test func `a key stays valid if the clock is set back`() throws {
        var scene = try Scene.furnished()
        try scene.event(try create("k"), by: Scene.driver)
        scene.now = Timestamp(milliseconds: 0)
        guard case .repeated = try scene.run(try create("k"), by: Scene.driver) else {
            throw Unexpected(text: "a second ticket")
        }
    }

    @Test func `keys must be printable and short`() {
        for key in ["", String(repeating: "k", count: 256), "é", "a\u{7F}"] {
            #expect(refusal { () throws(Refusal) in try IdempotencyKey(key: key, digest: "") }?.statusCode == 400)
        }
        #expect(refusal { () throws(Refusal) in try IdempotencyKey(key: "a b-\"c\"", digest: "") } == nil)
    }

    @Test func `the number of keys is bounded`() throws {
        var scene = try Scene.furnished()
        for number in 0..<DeskLimits.idempotencyCountMax {
            guard
                case .event(let event) = try scene.desk.decide(
                    try create("k\(number)"), by: Scene.driver, now: scene.now)
            else { throw Unexpected(text: "no event") }
            scene.desk.apply(event)
        }
        scene.wait(milliseconds: 3_600_000)
        #expect(
            scene.refusal(of: try create("more"), by: Scene.driver)
                == .tooMany("Too many Idempotency-Keys in use", retryAfterSeconds: 82_800))
        #expect(
            scene.refusal(of: .createTicket(TicketDraft(userID: 1, description: "x"), key: nil), by: Scene.driver)
                == nil)
        scene.wait(milliseconds: 82_800_000)
        try scene.event(try create("more"), by: Scene.driver)
        #expect(
            scene.desk.firstAnswers.rows.count == DeskLimits.idempotencyCountMax - DeskLimits.idempotencyEndedMax + 1)
    }

    /// The checkpointer wrote the newer document and was killed, so the older one comes and goes once more.
    @Test func `replaying an older answer does not hide a newer one`() throws {
        var scene = try Scene.furnished()
        let first = try scene.event(try create("k"), by: Scene.driver)
        scene.wait(milliseconds: DeskLimits.idempotencyMillis)
        let second = try scene.event(try create("k", "new"), by: Scene.driver)
        var answers = FirstAnswers()
        answers.apply(second, id: 2)
        answers.apply(first, id: 1)
        #expect(answers.answer(to: "k", of: 1, now: scene.now)?.id == 2)
        answers.apply(second, id: 2)
        answers.apply(second, id: 1)
        #expect(answers.answer(to: "k", of: 1, now: scene.now)?.digest == "new" && answers.rows.count == 1)
    }
}
