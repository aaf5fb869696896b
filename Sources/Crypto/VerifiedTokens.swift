import Bytes
import JSON

/// A cache of recently verified tokens: a client that sends the same token with each request costs one comparison
/// instead of one signature.
///
/// Only what was signed is cached, in the form that its owner reads from the claims. The times in them are checked
/// every time. A token is looked up by a keyed hash of all its bytes (SipHash, with a key of this process) and compared
/// in constant time, so the response time does not reveal how much of a guess is right. If two tokens map to one place,
/// the later one replaces the earlier.
public struct VerifiedTokens<Meaning: Sendable>: Sendable {
    private struct Entry {
        let hash: Int
        let token: [UInt8]
        let meaning: Meaning
        let times: JWT.Times
    }

    /// The number of places, a power of two. Each entry may hold a kilobyte or two.
    private static var countMax: Int { 256 }
    /// Longer tokens are verified every time. The tokens that this program signs are about a third of this.
    private static var tokenBytesMax: Int { 1024 }

    private let secret: [UInt8]
    private let read: @Sendable (JSONObject, ArraySlice<UInt8>) -> Meaning
    private var entries: [Entry?] = []

    /// Creates an empty cache for tokens signed with `secret`.
    ///
    /// - Parameter read: what the claims mean, together with the token's bytes. It must depend on nothing else.
    public init(secret: [UInt8], read: @escaping @Sendable (JSONObject, ArraySlice<UInt8>) -> Meaning) {
        self.secret = secret
        self.read = read
    }

    /// Verifies a token as `JWT.verify` does, with this cache's secret.
    ///
    /// - Precondition: the secret is not empty.
    public mutating func verify(_ token: String, now: Timestamp) throws(JWTFault) -> Meaning {
        try verify(Array(token.utf8)[...], now: now)
    }

    /// Verifies the bytes of a token.
    ///
    /// - Precondition: the secret is not empty.
    public mutating func verify(_ token: ArraySlice<UInt8>, now: Timestamp) throws(JWTFault) -> Meaning {
        guard token.count <= Self.tokenBytesMax else { return read(try verifyAnew(token, now: now), token) }
        var hasher = Hasher()
        unsafe token.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        let hash = hasher.finalize()
        let place = hash & (Self.countMax - 1)
        if entries.isEmpty { entries = Array(repeating: nil, count: Self.countMax) }
        if let entry = entries[place], entry.hash == hash, ConstantTime.equal(entry.token.span, token.span) {
            try entry.times.check(at: now)
            return entry.meaning
        }
        let claims = try verifyAnew(token, now: now)
        let meaning = read(claims, token)
        entries[place] = Entry(hash: hash, token: Array(token), meaning: meaning, times: try JWT.Times(claims))
        return meaning
    }

    private func verifyAnew(_ token: ArraySlice<UInt8>, now: Timestamp) throws(JWTFault) -> JSONObject {
        try JWT.verify(String(decoding: token, as: UTF8.self), secret: secret, now: now)
    }
}

extension VerifiedTokens<JSONObject> {
    /// Creates an empty cache that gives the claims as they are.
    public init(secret: [UInt8]) { self.init(secret: secret) { claims, _ in claims } }
}
