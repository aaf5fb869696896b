import Bytes

/// The subjects on which the answers to one connection's requests come: a single subscription for all of them.
///
///     _INBOX.<32 hexadecimal digits>.<token>
///
/// The digits are random, so that nobody else answers; the token, a number, tells which request is meant. Each is given
/// once, so an answer that comes too late is not taken for another.
public struct NATSInbox: Sendable {
    private let prefix: String
    private var tokensGiven: UInt64 = 0

    public init(using generator: inout some RandomNumberGenerator) {
        var text: [UInt8] = Array("_INBOX.".utf8)
        for _ in 0..<2 {
            let word = String(generator.next(), radix: 16)
            text.append(contentsOf: repeatElement(0x30, count: 16 - word.utf8.count))
            text.append(utf8: word)
        }
        text.append(0x2E)
        prefix = String(decoding: text, as: UTF8.self)
    }

    /// What is to be subscribed to.
    public var filter: NATSSubjectFilter { NATSSubjectFilter(checked: prefix + "*") }

    /// A token that was not given before.
    public mutating func nextToken() -> UInt64 {
        tokensGiven &+= 1
        return tokensGiven
    }

    /// Where the answer to the request with this token is to be sent.
    public func subject(_ token: UInt64) -> NATSSubject { NATSSubject(checked: prefix + String(token)) }

    /// The token of the request that a message answers, or nil where it came on another subject, as what a pull brings
    /// does.
    public func token(of message: NATSMessage) -> UInt64? {
        guard message.subject.utf8.starts(with: prefix.utf8) else { return nil }
        let token = Decimal.parse(message.subject.utf8.dropFirst(prefix.utf8.count))
        return token.flatMap { $0 > 0 && $0 <= tokensGiven ? $0 : nil }
    }
}
