/// Why a token is refused.
public enum JWTFault: Error, Hashable, Sendable {
    /// The token has more than `JWT.bytesMax` bytes.
    case tooLong
    /// The token does not have three segments separated by full stops.
    case segmentCount
    /// The first segment is not the canonical base64url of a JSON object that names an algorithm.
    case malformedHeader
    /// The header names an algorithm other than `HS256`, `none` included.
    case algorithm
    /// The header has `crit`, which names extensions that must be understood; none are implemented.
    case criticalParameter
    /// The third segment is not canonical base64url.
    case malformedSignature
    /// The signature is not that of our secret.
    case wrongSignature
    /// The second segment is not the canonical base64url of a JSON object.
    case malformedClaims
    /// The claim `exp` is missing.
    case withoutExpiry
    /// The named claim is not a number.
    case notADate(String)
    /// The time in `exp` has been reached.
    case expired
    /// The time in `nbf` has not been reached.
    case notYetValid
}

extension JWTFault: CustomStringConvertible {
    /// The reason in words, without a full stop.
    public var description: String {
        switch self {
        case .tooLong: "the token is longer than \(JWT.bytesMax) bytes"
        case .segmentCount: "the token does not have three segments"
        case .malformedHeader: "the token's header cannot be read"
        case .algorithm: "the token is not signed with HS256"
        case .criticalParameter: "the token requires an unknown extension"
        case .malformedSignature: "the token's signature cannot be read"
        case .wrongSignature: "the token's signature is wrong"
        case .malformedClaims: "the token's claims cannot be read"
        case .withoutExpiry: "the token has no expiry time"
        case .notADate(let claim): "the token's claim \(claim) is not a number"
        case .expired: "the token has expired"
        case .notYetValid: "the token is not valid yet"
        }
    }
}
