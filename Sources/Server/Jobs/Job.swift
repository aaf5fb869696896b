import Domain
import HTTP
import Platform

/// The work for one answer that may take longer than a turn may: a list, a search, a count. It is done bit by bit.
protocol Job: AnyObject {
    /// Goes on for less than a millisecond.
    ///
    /// - Returns: the answer, if that was the end.
    /// - Throws: a refusal, which is the answer then.
    func advance(now: Moment) throws(Refusal) -> HTTPResponse?
}

/// A job that was refused before it began. It is queued like any other, so that its answer comes in its turn.
final class RefusedJob: Job {
    private let refusal: Refusal

    init(_ refusal: Refusal) { self.refusal = refusal }

    func advance(now: Moment) throws(Refusal) -> HTTPResponse? { throw refusal }
}
