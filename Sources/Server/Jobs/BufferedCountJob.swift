import Bytes
import Domain
import HTTP
import Platform

/// Counts the notifications that wait for absent users, for an answer that shows the number.
final class BufferedCountJob: Job {
    private let delivery: Delivery
    private let answer: (_ count: Int, _ now: Moment) -> HTTPResponse
    private var next: Identifier = 0
    private var count = 0

    init(_ delivery: Delivery, answer: @escaping (_ count: Int, _ now: Moment) -> HTTPResponse) {
        self.delivery = delivery
        self.answer = answer
    }

    func advance(now: Moment) -> HTTPResponse? {
        let part = delivery.countBuffered(from: next)
        count += part.count
        guard let next = part.next else { return answer(count, now) }
        self.next = next
        return nil
    }
}
