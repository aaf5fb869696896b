import Bytes

/// What the claims of a verified token say about whether it is still good.
public struct TokenStanding: Hashable, Sendable {
    /// The claim `gen`: the user's token generation when the token was made. Nil if the token lacks the claim, as one
    /// of another service that shares the secret does.
    public let generation: Int64?
    /// The claim `iat`, in seconds since 1970; 0 if the token lacks it, so that it ends with the first change.
    public let issuedAt: Int64
    /// By what `EndedToken` names the token.
    public let mark: UInt64

    /// Creates the standing of one token.
    public init(generation: Int64?, issuedAt: Int64, mark: UInt64) {
        self.generation = generation
        self.issuedAt = issuedAt
        self.mark = mark
    }
}

/// A token that its user has ended by signing out, kept for as long as the token would have been good.
public struct EndedToken: Hashable, Sendable {
    /// A user has at most this many. Beyond them all tokens of the user end.
    static let countMax = 32

    /// The first eight bytes of the token's SHA-256.
    public let mark: UInt64
    /// The claim `exp`, in seconds since 1970.
    public let until: Int64

    /// Names a token by the first eight bytes of its SHA-256.
    public init(mark: UInt64, until: Int64) {
        self.mark = mark
        self.until = until
    }
}

extension User {
    /// Whether a token of this standing is still good. One that names its generation needs no clock: it ends when the
    /// user's generation is raised. Another ends if it was issued up to the second in which that happened.
    public func accepts(_ token: TokenStanding) -> Bool {
        guard isActive else { return false }
        if let generation = token.generation {
            guard generation == tokenGeneration else { return false }
        } else {
            guard token.issuedAt > tokensEndedAt || tokensEndedAt == 0 else { return false }
        }
        return endedTokens.isEmpty || !endedTokens.contains { $0.mark == token.mark }
    }

    /// Ends all tokens of the user.
    mutating func endTokens(now: Timestamp) {
        tokensEndedAt = max(tokensEndedAt, now.seconds)
        tokenGeneration &+= 1
        endedTokens = []
    }

    /// Ends one token; all of them if too many have been ended one by one.
    mutating func end(_ token: EndedToken, now: Timestamp) {
        var ended = endedTokens.filter { $0.until > now.seconds && $0.mark != token.mark }
        ended.append(token)
        guard ended.count <= EndedToken.countMax else { return endTokens(now: now) }
        endedTokens = ended
    }
}

extension EndedToken {
    /// `<mark>@<until>`: hexadecimal digits, and a decimal number.
    var text: String { "\(String(mark, radix: 16))@\(until)" }

    init?(text: some StringProtocol) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let mark = UInt64(parts[0], radix: 16), let until = Int64(parts[1]) else { return nil }
        self.init(mark: mark, until: until)
    }

    /// The ended tokens of a user, as they stand in records and documents.
    static func read(_ text: String?) -> [EndedToken] {
        guard let text, !text.isEmpty else { return [] }
        let tokens = text.split(separator: " ").compactMap { EndedToken(text: $0) }
        return Array(tokens.prefix(countMax))
    }
}
