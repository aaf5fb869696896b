import Crypto
import HTTP
import JSON
import Station

/// Tokens: who asks, and what proves it (RFC 6750, RFC 7519).
extension StationService {
    /// The user that an `Authorization` field speaks for.
    func authenticate(_ authorization: String?, now: Moment) throws(Refusal) -> User {
        guard let authorization, let token = Self.bearerToken(in: authorization) else {
            throw .unauthorized("Unauthorized")
        }
        return try authenticate(token: token, now: now)
    }

    /// The user that a token speaks for: it exists, is active, and has not ended the token by a new password.
    func authenticate(token: String, now: Moment) throws(Refusal) -> User {
        let claims: JSONObject
        do {
            claims = try verifiedTokens.verify(token, now: now.wall)
        } catch {
            throw .unauthorized("Unauthorized: \(error)")
        }
        guard let subject = claims["sub"]?.integerValue, let id = Identifier(exactly: subject) else {
            throw .unauthorized("Unauthorized: the token's sub is not a user_id")
        }
        // A token without `iat` ends with the first change of password.
        return try desk.authenticated(id, issuedAt: claims["iat"]?.integerValue ?? 0)
    }

    /// The token of `Bearer <token>`; the scheme's case does not matter (RFC 9110, section 11.1).
    static func bearerToken(in authorization: String) -> String? {
        let bytes = Array(authorization.utf8)
        let scheme = "bearer".utf8
        guard bytes.count > scheme.count, bytes[scheme.count] == 0x20,
            zip(bytes, scheme).allSatisfy({ $0.0 | 0x20 == $0.1 })
        else { return nil }
        let token = bytes[scheme.count...].drop { $0 == 0x20 }
        guard let end = token.lastIndex(where: { $0 != 0x20 }), !token[...end].contains(0x20) else { return nil }
        return String(decoding: token[...end], as: UTF8.self)
    }

    /// A new token, and how long it is good, in seconds.
    func makeToken(for user: User, hours: Int? = nil, now: Moment) -> (token: String, expiresIn: Int64) {
        let lifetime = Int64(hours ?? configuration.jwtLifetimeHours) * 3600
        let issuedAt = desk.issuedAt(for: user, now: now.wall)
        var claims = JSONObject()
        claims.append("sub", .integer(Int64(user.id)))
        claims.append("username", .string(user.username))
        claims.append("email", .string(user.email))
        claims.append("role", .string(user.role.rawValue))
        claims.append("iat", .integer(issuedAt))
        claims.append("exp", .integer(issuedAt + lifetime))
        return (JWT.sign(claims: claims, secret: secret), lifetime)
    }

    /// `{access_token, token_type, expires_in, user}`
    func tokenResponse(for user: User, hours: Int? = nil, now: Moment) -> HTTPResponse {
        let (token, expiresIn) = makeToken(for: user, hours: hours, now: now)
        var response = HTTPResponse.json { writer in
            writer.beginObject()
            writer.member("access_token", token)
            writer.member("token_type", "Bearer")
            writer.member("expires_in", expiresIn)
            writer.key("user")
            user.write(into: &writer)
            writer.endObject()
        }
        response.fields.set("Cache-Control", "no-store")
        return response
    }
}
