import Domain
import Gateway
import HTTP
import JSON

/// Canned answers over REST.
struct AnswerAPI {
    let durable: DurableDesk

    private var desk: Desk { durable.desk }

    func list(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        ListJob(NumberedRows<CannedAnswer>(for: caller), in: desk)
    }

    func create(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let body = try request.json()
        let command = Command.createAnswer(try CannedAnswerDraft(body))
        let key = try request.idempotencyKey(for: body, in: "answers")
        return .json(.created, try durable.create(command, key: key, by: caller, now: request.now).answer.json)
    }

    func read(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let answer = try desk.answer(try request.identifier(), for: caller)
        return .json { answer.write(into: &$0) }
    }

    func update(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let patch = try CannedAnswerPatch(try request.changes())
        try durable.execute(.updateAnswer(try request.identifier(), patch), by: caller, now: request.now)
        return try read(request, caller)
    }

    /// Answers with the canned answer as it was before.
    func delete(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let response = try read(request, caller)
        try durable.execute(.deleteAnswer(try request.identifier()), by: caller, now: request.now)
        return response
    }
}

extension CannedAnswer: NumberedRow {
    static func page(
        of desk: Desk, from start: Identifier, countMax: Int, for caller: Caller
    ) throws(Refusal) -> [CannedAnswer] {
        try desk.answers(from: start, countMax: countMax, for: caller)
    }
}
