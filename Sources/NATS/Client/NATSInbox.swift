import Bytes

/// The subjects on which one connection receives the answers to its requests. One subscription covers them all.
///
///     _INBOX.[<owner>.]<32 hexadecimal digits>.<token>
///
/// The digits are random, so that nobody else can answer. The token is a number that tells which request is answered.
/// Each token is used once, so a late answer is never mistaken for another.
public struct NATSInbox: Sendable {
    private let prefix: String
    private var tokensGiven: UInt64 = 0

    /// Creates an inbox.
    ///
    /// - Parameters:
    ///   - owner: a token before the digits, so that a user can be permitted to hear its own inboxes alone.
    ///   - generator: must be unpredictable, because it chooses the digits.
    public init(of owner: JetStreamName? = nil, using generator: inout some RandomNumberGenerator) {
        var text: [UInt8] = Array("_INBOX.".utf8)
        if let owner { text.append(contentsOf: Array("\(owner.text).".utf8)) }
        for _ in 0..<2 {
            let word = String(generator.next(), radix: 16)
            text.append(contentsOf: repeatElement(0x30, count: 16 - word.utf8.count))
            text.append(utf8: word)
        }
        text.append(0x2E)
        prefix = String(decoding: text, as: UTF8.self)
    }

    /// The filter to subscribe to.
    public var filter: NATSSubjectFilter { NATSSubjectFilter(checked: prefix + "*") }

    /// A token that was not used before.
    public mutating func nextToken() -> UInt64 {
        tokensGiven &+= 1
        return tokensGiven
    }

    /// The reply subject of the request with this token.
    public func subject(_ token: UInt64) -> NATSSubject { NATSSubject(checked: prefix + String(token)) }

    /// The token of the request that a message answers, or nil if the message came on another subject, as the messages
    /// of a pull do.
    public func token(of message: NATSMessage) -> UInt64? {
        guard message.subject.utf8.starts(with: prefix.utf8) else { return nil }
        let token = Decimal.parse(message.subject.utf8.dropFirst(prefix.utf8.count))
        return token.flatMap { $0 > 0 && $0 <= tokensGiven ? $0 : nil }
    }
}
