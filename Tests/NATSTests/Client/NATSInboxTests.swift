import Generators
import NATS
import Testing

@Suite struct NATSInboxTests {
    @Test func `a subject gives back its token`() {
        var generator = RepeatableGenerator(seed: 1)
        var inbox = NATSInbox(using: &generator)
        let tokens = [inbox.nextToken(), inbox.nextToken(), inbox.nextToken()]
        #expect(Set(tokens).count == 3)
        for token in tokens {
            let subject = inbox.subject(token)
            #expect(inbox.filter.covers(NATSSubjectFilter(subject)))
            #expect(inbox.token(of: NATSMessage(subject: subject.text, sid: 1)) == token)
        }
    }

    @Test func `other subjects have no token`() {
        var generator = RepeatableGenerator(seed: 1)
        var inbox = NATSInbox(using: &generator)
        var other = NATSInbox(using: &generator)
        _ = inbox.nextToken()
        let prefix = String(inbox.filter.text.dropLast())
        for subject in [
            other.subject(other.nextToken()).text, prefix, prefix + "0", prefix + "2", prefix + "x", prefix + "1.1",
            prefix + "99999999999999999999", "stations.7.commands", "",
        ] {
            #expect(inbox.token(of: NATSMessage(subject: subject, sid: 1)) == nil, "\(subject)")
        }
        #expect(inbox.filter != other.filter)
    }

    @Test func `the random part always has the same length`() {
        struct Zeros: RandomNumberGenerator {
            mutating func next() -> UInt64 { 0 }
        }
        var zeros = Zeros()
        #expect(NATSInbox(using: &zeros).filter.text == "_INBOX." + String(repeating: "0", count: 32) + ".*")
    }
}
