import Bytes

/// Queries for canned answers, and commands that change them.
extension Desk {
    /// Canned answers by number, from `start` on: at most `countMax`. Throws `forbidden` if the caller is a driver.
    public func answers(
        from start: Identifier = 0, countMax: Int = DeskLimits.answerCountMax, for caller: Caller
    ) throws(Refusal) -> [CannedAnswer] {
        try mustReadAnswers(caller)
        var page: [CannedAnswer] = []
        answers.ascending(from: start) { answer in
            page.append(answer)
            return page.count < countMax
        }
        return page
    }

    /// A canned answer. Throws `notFound` if there is none with this number, `forbidden` if the caller is a driver.
    public func answer(_ id: Identifier, for caller: Caller) throws(Refusal) -> CannedAnswer {
        try mustReadAnswers(caller)
        guard let answer = answers[id] else { throw .notFound("Answer not found") }
        return answer
    }

    private func mustReadAnswers(_ caller: Caller) throws(Refusal) {
        guard try Standing(of: caller, at: self).role != .driver else { throw .forbidden("Forbidden resource") }
    }

    // MARK: Commands

    func createAnswer(_ draft: CannedAnswerDraft, _ standing: Standing, _ now: Timestamp) throws(Refusal) -> Event {
        try standing.mustBeAdmin()
        guard answers.count < DeskLimits.answerCountMax, counters.nextAnswer <= DeskLimits.identifierMax else {
            throw .insufficientStorage("The desk cannot hold more canned answers")
        }
        let answer = CannedAnswer(
            id: counters.nextAnswer, title: draft.title, body: draft.body, language: draft.language,
            sequence: nextSequence)
        return event(.answerCreated(answer), standing, now)
    }

    func updateAnswer(
        _ id: Identifier, _ patch: CannedAnswerPatch, _ standing: Standing, _ now: Timestamp
    ) throws(Refusal) -> Decision {
        try standing.mustBeAdmin()
        guard let answer = answers[id] else { throw .notFound("Answer not found") }
        var next = answer
        next.title = patch.title.applied(to: answer.title)
        next.body = patch.body.applied(to: answer.body)
        next.language = patch.language.applied(to: answer.language)
        var changes: [FieldChange] = []
        changes.noteText(.title, from: answer.title, to: next.title)
        changes.noteText(.body, from: answer.body, to: next.body)
        changes.noteText(.language, from: answer.language?.rawValue, to: next.language?.rawValue)
        guard !changes.isEmpty else { return .unchanged }
        next.sequence = nextSequence
        return .event(event(.answerUpdated(next, changes: changes), standing, now))
    }

    func deleteAnswer(_ id: Identifier, _ standing: Standing, _ now: Timestamp) throws(Refusal) -> Decision {
        try standing.mustBeAdmin()
        guard let answer = answers[id] else { throw .notFound("Answer not found") }
        return .event(event(.answerDeleted(id, title: answer.title), standing, now))
    }
}
