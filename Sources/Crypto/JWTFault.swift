/// Why a token is not accepted.
public enum JWTFault: Error, Hashable, Sendable {
    /// More than `JWT.bytesMax` bytes.
    case tooLong
    /// Not three segments with full stops between them.
    case segmentCount
    /// The first segment is not canonical base64url of a JSON object that names an algorithm.
    case malformedHeader
    /// The header names `none` or any other algorithm than `HS256`.
    case algorithm
    /// The header has `crit`: extensions that must be understood, of which we know none.
    case criticalParameter
    /// The third segment is not canonical base64url.
    case malformedSignature
    case wrongSignature
    /// The second segment is not canonical base64url of a JSON object.
    case malformedClaims
    case withoutExpiry
    /// The named claim is not a number.
    case notADate(String)
    case expired
    case notYetValid
}

extension JWTFault: CustomStringConvertible {
    /// The reason in words for a person, without a full stop.
    public var description: String {
        switch self {
        case .tooLong: "the token is longer than \(JWT.bytesMax) bytes"
        case .segmentCount: "the token has not three segments"
        case .malformedHeader: "the token's header cannot be read"
        case .algorithm: "the token is not signed with HS256"
        case .criticalParameter: "the token demands an extension that is not known here"
        case .malformedSignature: "the token's signature cannot be read"
        case .wrongSignature: "the token's signature is wrong"
        case .malformedClaims: "the token's claims cannot be read"
        case .withoutExpiry: "the token has no time of expiry"
        case .notADate(let claim): "the token's claim \(claim) is not a number"
        case .expired: "the token has expired"
        case .notYetValid: "the token is not valid yet"
        }
    }
}
