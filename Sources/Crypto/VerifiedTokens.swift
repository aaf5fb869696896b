import Bytes
import JSON

/// Tokens that were verified not long ago, so that a client that sends the same token with each request costs one
/// comparison and not one signature.
///
/// What is kept is the outcome of the signature alone; the times in the claims are checked each time. A token is found
/// by a keyed hash of all its bytes (SipHash, with a key of this process), and compared in constant time where that is
/// the same, so that nobody learns from the time that an answer takes how much of a guess is right. Where two tokens
/// have one place the later one has it.
public struct VerifiedTokens: Sendable {
    private struct Entry {
        let hash: Int
        let token: [UInt8]
        let claims: JSONObject
        let times: JWT.Times
    }

    /// So many at most, a power of two: each may keep a kilobyte or two.
    private static let countMax = 256
    /// Longer ones are verified anew each time. Those that this program makes are a good third of that.
    private static let tokenBytesMax = 1024

    private let secret: [UInt8]
    private var entries: [Entry?] = []

    /// - Parameter secret: what the tokens must be signed with.
    public init(secret: [UInt8]) { self.secret = secret }

    /// As `JWT.verify` with this secret.
    ///
    /// - Precondition: the secret is not empty.
    public mutating func verify(_ token: String, now: Timestamp) throws(JWTFault) -> JSONObject {
        try verify(Array(token.utf8)[...], now: now)
    }

    /// The same for the bytes of a token.
    public mutating func verify(_ token: ArraySlice<UInt8>, now: Timestamp) throws(JWTFault) -> JSONObject {
        guard token.count <= Self.tokenBytesMax else { return try verifyAnew(token, now: now) }
        var hasher = Hasher()
        unsafe token.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        let hash = hasher.finalize()
        let place = hash & (Self.countMax - 1)
        if entries.isEmpty { entries = Array(repeating: nil, count: Self.countMax) }
        if let entry = entries[place], entry.hash == hash, ConstantTime.equal(entry.token.span, token.span) {
            try entry.times.check(at: now)
            return entry.claims
        }
        let claims = try verifyAnew(token, now: now)
        entries[place] = Entry(hash: hash, token: Array(token), claims: claims, times: try JWT.Times(claims))
        return claims
    }

    private func verifyAnew(_ token: ArraySlice<UInt8>, now: Timestamp) throws(JWTFault) -> JSONObject {
        try JWT.verify(String(decoding: token, as: UTF8.self), secret: secret, now: now)
    }
}
