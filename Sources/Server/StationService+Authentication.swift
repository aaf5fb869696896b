import Crypto
import Domain
import HTTP
import JSON
import Platform

/// Tokens: who asks, and what proves it (RFC 6750, RFC 7519).
extension StationService {
    /// The user that an `Authorization` field speaks for.
    func authenticate(_ authorization: ArraySlice<UInt8>?, now: Moment) throws(Refusal) -> User {
        guard let authorization, let token = Self.bearerToken(in: authorization) else {
            throw .unauthorized("Unauthorized")
        }
        return try authenticate(token: token, now: now)
    }

    /// The user that a token speaks for: it exists, is active, and has not ended the token by a new password.
    func authenticate(token: String, now: Moment) throws(Refusal) -> User {
        try authenticate(token: Array(token.utf8)[...], now: now)
    }

    func authenticate(token: ArraySlice<UInt8>, now: Moment) throws(Refusal) -> User {
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
        let issuedAt = claims["iat"]?.integerValue ?? 0
        return try withDesk { (desk) throws(Refusal) in try desk.authenticated(id, issuedAt: issuedAt) }
    }

    /// The token of `Bearer <token>`; the scheme's case does not matter (RFC 9110, section 11.1).
    static func bearerToken(in authorization: String) -> String? {
        bearerToken(in: Array(authorization.utf8)[...]).map { String(decoding: $0, as: UTF8.self) }
    }

    static func bearerToken(in authorization: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let bytes = authorization.span
        let scheme: StaticString = "bearer"
        guard bytes.count > scheme.utf8CodeUnitCount, bytes[scheme.utf8CodeUnitCount] == 0x20 else { return nil }
        // In a letter this bit is the case.
        for index in 0..<scheme.utf8CodeUnitCount where unsafe bytes[index] | 0x20 != scheme.utf8Start[index] {
            return nil
        }
        var start = scheme.utf8CodeUnitCount
        while start < bytes.count, bytes[start] == 0x20 { start += 1 }
        var end = bytes.count
        while end > start, bytes[end - 1] == 0x20 { end -= 1 }
        guard start < end, bytes.extracting(start..<end).firstIndex(of: 0x20, from: 0) == nil else { return nil }
        return authorization[(authorization.startIndex + start)..<(authorization.startIndex + end)]
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
