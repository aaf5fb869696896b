import Bytes
import Crypto
import Domain
import HTTP
import JSON
import Platform

/// The tokens with which users speak (RFC 6750): JSON Web Tokens (RFC 7519) that the station, or another service with
/// its secret, has signed.
///
/// The claims are `sub`, `username`, `email`, `role`, `iat` and `exp`, and in the station's own tokens also `jti`,
/// which tells them apart, `gen`, the epoch and the user's token generation, and `auth_time`, when a password was given
/// last (OpenID Connect Core, section 2). After a restore a generation may be used again, but not in the same epoch.
final class AccessTokens {
    /// A token that was issued later than this many seconds from now was made while a clock was wrong.
    private static let futureSecondsMax: Int64 = 300
    /// Without a password, tokens are renewed for this long at least.
    private static let renewalSecondsMin: Int64 = 30 * 24 * 3600

    /// A token that was accepted.
    struct Session {
        let user: User
        let standing: TokenStanding
        /// The claim `exp`, in seconds since 1970.
        let expiresAt: Int64
        /// When a password was given last, in seconds since 1970, as far as the token tells.
        let authenticatedAt: Int64

        /// When the token expires by the monotonic clock: one that is set later changes nothing.
        func end(now: Moment) -> MonotonicTime {
            let (seconds, overflow) = expiresAt.subtractingReportingOverflow(now.wall.seconds)
            let millis = overflow ? Int64.max : seconds.multipliedReportingOverflow(by: 1000).partialValue
            return now.monotonic.advanced(byMilliseconds: seconds > Int64.max / 1000 ? .max : millis)
        }
    }

    /// What a token's claims say. It is read once for each token, since most requests bring one that is known.
    private struct Meaning {
        /// The claim `sub`: a number, or its decimal digits, as RFC 7519 has it (section 4.1.2). Nil for anything else.
        let user: Identifier?
        let standing: TokenStanding
        let expiresAt: Int64
        let authenticatedAt: Int64

        init(_ claims: JSONObject, of token: ArraySlice<UInt8>, epoch: String) {
            let subject = claims["sub"]
            let number =
                subject?.integerValue ?? subject?.stringValue.flatMap { Decimal.parse($0) }.map(Int64.init(clamping:))
            user = number.flatMap { Identifier(exactly: $0) }
            let mark = SHA256.hash(Array(token)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
            standing = TokenStanding(
                generation: claims["gen"].map { Self.generation(in: $0, epoch: epoch) ?? -1 },
                issuedAt: Self.seconds(claims["iat"]) ?? 0, mark: mark)
            expiresAt = Self.seconds(claims["exp"]) ?? .max
            authenticatedAt = Self.seconds(claims["auth_time"]) ?? standing.issuedAt
        }

        /// The generation in the claim `gen`; nil if it is of another epoch.
        private static func generation(in claim: JSONValue, epoch: String) -> Int64? {
            let parts = (claim.stringValue ?? "").split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] == epoch else { return nil }
            return Int64(parts[1])
        }

        /// A NumericDate in whole seconds; nil if it is missing.
        private static func seconds(_ date: JSONValue?) -> Int64? {
            guard let date else { return nil }
            if let seconds = date.integerValue { return seconds }
            guard let seconds = date.doubleValue else { return nil }
            return seconds >= 9e18 ? .max : seconds <= -9e18 ? .min : Int64(seconds)
        }
    }

    private let durable: DurableDesk
    private let configuration: LiveConfiguration
    private let secret: [UInt8]
    private var verified: VerifiedTokens<Meaning>
    /// The number of tokens made since the start.
    private var madeCount = 0

    /// - Parameter secret: signs tokens (HS256); at least 32 bytes.
    init(durable: DurableDesk, configuration: LiveConfiguration, secret: [UInt8]) {
        self.durable = durable
        self.configuration = configuration
        self.secret = secret
        // An epoch is that of the data directory for as long as this process has it.
        let epoch = durable.epoch
        verified = VerifiedTokens(secret: secret) { Meaning($0, of: $1, epoch: epoch) }
    }

    // MARK: Accepting

    /// The user that a token speaks for, who must exist, be active, and not have ended it.
    func authenticate(_ token: ArraySlice<UInt8>, now: Moment) throws(Refusal) -> User {
        try user(of: try meaning(of: token, now: now))
    }

    /// The same with all that the token says.
    func session(_ token: ArraySlice<UInt8>, now: Moment) throws(Refusal) -> Session {
        let meaning = try meaning(of: token, now: now)
        return Session(
            user: try user(of: meaning), standing: meaning.standing, expiresAt: meaning.expiresAt,
            authenticatedAt: meaning.authenticatedAt)
    }

    private func user(of meaning: Meaning) throws(Refusal) -> User {
        guard let id = meaning.user else { throw .unauthorized("Unauthorized: the token's sub is not a user_id") }
        return try durable.desk.authenticated(id, meaning.standing)
    }

    private func meaning(of token: ArraySlice<UInt8>, now: Moment) throws(Refusal) -> Meaning {
        let meaning: Meaning
        do {
            meaning = try verified.verify(token, now: now.wall)
        } catch {
            throw .unauthorized("Unauthorized: \(error)")
        }
        guard meaning.standing.issuedAt > now.wall.seconds + Self.futureSecondsMax else { return meaning }
        throw .unauthorized("Unauthorized: the token is from the future; sign in again, and check the station's clock")
    }

    // MARK: Making

    /// A new token for a user who has just given the password, or whom the operator or an admin trusts.
    ///
    /// - Parameter hours: the token's lifetime; nil for the configured one.
    func response(for user: User, hours: Int? = nil, now: Moment) -> HTTPResponse {
        let lifetime = Int64(hours ?? configuration.current.jwtLifetimeHours) * 3600
        return response(for: user, authenticatedAt: now.wall.seconds, lifetime: lifetime, now: now)
    }

    /// A new token in place of one that is still good. Throws `unauthorized` if the password was given too long ago.
    func renewal(of session: Session, now: Moment) throws(Refusal) -> HTTPResponse {
        let lifetime = Int64(configuration.current.jwtLifetimeHours) * 3600
        let age = now.wall.seconds.subtractingReportingOverflow(session.authenticatedAt)
        let left = max(Self.renewalSecondsMin, lifetime) - max(0, age.overflow ? .max : age.partialValue)
        guard left > 0 else {
            throw .unauthorized("Unauthorized: the password was given too long ago; sign in again")
        }
        return response(
            for: session.user, authenticatedAt: session.authenticatedAt, lifetime: min(lifetime, left), now: now)
    }

    private func response(
        for user: User, authenticatedAt: Int64, lifetime: Int64, now: Moment
    ) -> HTTPResponse {
        var claims = JSONObject()
        claims.append("sub", .integer(Int64(user.id)))
        claims.append("username", .string(user.username))
        claims.append("email", .string(user.email))
        claims.append("role", .string(user.role.rawValue))
        claims.append("iat", .integer(now.wall.seconds))
        claims.append("exp", .integer(now.wall.seconds + lifetime))
        madeCount += 1
        claims.append("jti", .string("\(String(now.wall.milliseconds, radix: 36)).\(madeCount)"))
        claims.append("gen", .string("\(durable.epoch).\(user.tokenGeneration)"))
        claims.append("auth_time", .integer(authenticatedAt))
        let token = JWT.sign(claims: claims, secret: secret)
        return .json { writer in
            writer.beginObject()
            writer.member("access_token", token)
            // The same again, as the web front end of the backend that stations replace reads it.
            writer.member("accessToken", token)
            writer.member("token_type", "Bearer")
            writer.member("expires_in", lifetime)
            writer.key("user")
            user.write(into: &writer)
            writer.endObject()
        }
    }

    // MARK: Ending

    /// Ends the token, or with `everywhere` all tokens of its user.
    func end(_ session: Session, everywhere: Bool, now: Moment) throws(Refusal) {
        let token = EndedToken(mark: session.standing.mark, until: session.expiresAt)
        try durable.execute(
            .endTokens(of: session.user.id, everywhere ? nil : token), by: .user(session.user.id), now: now)
    }
}
