import Bytes
import JSON

/// JSON Web Tokens (RFC 7519) in the compact serialization (RFC 7515, section 7.1), signed with HMAC SHA-256 (`HS256`,
/// RFC 7518, section 3.2) and nothing else:
///
///     base64url(header) . base64url(claims) . base64url(HMAC-SHA256(both segments and the full stop between them))
///
/// The header does not decide how a token is verified: a token that names another algorithm, `none` included, is
/// refused.
public enum JWT {
    /// The longest token accepted, in bytes.
    public static let bytesMax = 8192

    /// Signs these claims and returns the token. O(n).
    ///
    /// RFC 7518, section 3.2 requires a secret of at least 32 bytes; this is not checked here.
    ///
    /// - Precondition: `secret` is not empty.
    public static func sign(claims: JSONObject, secret: [UInt8]) -> String {
        var token: [UInt8] = []
        Base64.encode(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8), as: .url, into: &token)
        token.append(fullStop)
        Base64.encode(claims.encoded(), as: .url, into: &token)
        let signature = signature(of: token, secret: secret)
        token.append(fullStop)
        Base64.encode(signature, as: .url, into: &token)
        return String(decoding: token, as: UTF8.self)
    }

    /// Returns the claims of a token that was signed with `secret` and is valid at `now`.
    ///
    /// `exp` must be present and after `now`; `nbf`, if present, must not be (RFC 7519, sections 4.1.4 and 4.1.5; no
    /// leeway). The signature is compared in constant time, before the claims are read. O(n).
    ///
    /// - Throws: the first fault found.
    /// - Precondition: `secret` is not empty.
    public static func verify(
        _ token: String, secret: [UInt8], now: Timestamp
    ) throws(JWTFault) -> JSONObject {
        guard token.utf8.count <= bytesMax else { throw .tooLong }
        let bytes = Array(token.utf8)
        let segments = bytes.split(separator: fullStop, omittingEmptySubsequences: false)
        guard segments.count == 3 else { throw .segmentCount }
        try check(header: try object(segments[0], else: .malformedHeader))

        let signature = segments[2]
        guard let given = Base64.decode(signature.span, as: .url) else { throw .malformedSignature }
        let expected = Self.signature(of: Array(bytes[..<segments[1].endIndex]), secret: secret)
        guard ConstantTime.equal(given, expected) else { throw .wrongSignature }

        let claims = try object(segments[1], else: .malformedClaims)
        try Times(claims).check(at: now)
        return claims
    }

    private static let fullStop: UInt8 = 0x2E

    private static func signature(of signingInput: [UInt8], secret: [UInt8]) -> [UInt8] {
        precondition(!secret.isEmpty, "a signature without a secret proves nothing")
        return HMACSHA256.authenticationCode(for: signingInput, key: secret)
    }

    private static func object(_ segment: ArraySlice<UInt8>, else fault: JWTFault) throws(JWTFault) -> JSONObject {
        guard let text = Base64.decode(segment.span, as: .url), let value = try? JSONParser.parse(text),
            case .object(let object) = value
        else { throw fault }
        return object
    }

    /// RFC 7515, sections 4.1.1 and 4.1.11: no extensions are implemented, so any critical parameter is refused.
    private static func check(header: JSONObject) throws(JWTFault) {
        guard case .string(let algorithm) = header["alg"] else { throw .malformedHeader }
        guard algorithm == "HS256" else { throw .algorithm }
        guard header["crit"] == nil else { throw .criticalParameter }
    }

    /// The claims that say when a token is valid.
    struct Times {
        private let expiry: JSONValue
        private let start: JSONValue?
        private let isIssueSound: Bool

        init(_ claims: JSONObject) throws(JWTFault) {
            guard let expiry = claims["exp"] else { throw .withoutExpiry }
            self.expiry = expiry
            start = claims["nbf"]
            isIssueSound = claims["iat"].map { $0.doubleValue != nil } ?? true
        }

        func check(at now: Timestamp) throws(JWTFault) {
            guard let order = compare(expiry, with: now) else { throw .notADate("exp") }
            guard order > 0 else { throw .expired }
            if let start {
                guard let order = compare(start, with: now) else { throw .notADate("nbf") }
                guard order <= 0 else { throw .notYetValid }
            }
            guard isIssueSound else { throw .notADate("iat") }
        }
    }

    /// Whether a NumericDate (RFC 7519, section 2: seconds, fractions allowed) is before (-1), at (0) or after (1)
    /// `now`; nil if it is not a number. Numbers of any size are compared.
    private static func compare(_ date: JSONValue, with now: Timestamp) -> Int? {
        switch date {
        case .integer(let seconds):
            let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
            if overflow { return seconds > 0 ? 1 : -1 }
            return milliseconds < now.milliseconds ? -1 : milliseconds == now.milliseconds ? 0 : 1
        case .unsigned:
            return 1
        case .double(let seconds):
            // Current times are far below 2^53 milliseconds, so they are not rounded.
            let milliseconds = seconds * 1000
            let current = Double(now.milliseconds)
            return milliseconds < current ? -1 : milliseconds == current ? 0 : 1
        default:
            return nil
        }
    }
}
