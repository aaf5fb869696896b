import Bytes
import Crypto

/// What a user proves itself with by a signature instead of a secret that is sent: an NKEY, and a JWT that says what
/// the user may do where the server does not know its users. Read from a file:
///
///     -----BEGIN NATS USER JWT-----
///     eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.…
///     ------END NATS USER JWT------
///
///     -----BEGIN USER NKEY SEED-----
///     SUAM…
///     ------END USER NKEY SEED------
///
/// `nsc` writes that, with a warning between the parts. A file with an NKEY alone has the seed's line and nothing else.
/// Only the two lines count here: a JWT begins with `eyJ`, and a seed has its length, its letters and its checksum.
public final class NATSUserCredentials: Sendable {
    /// The largest file, in bytes.
    public static let fileBytesMax = 64 * 1024
    /// The longest JWT, in bytes. A server that expects more than 4,000 is configured for it.
    public static let jwtBytesMax = 30_000

    /// The user's JWT; nil for an NKEY alone.
    public let jwt: String?
    /// The user's public NKEY, which begins with `U`.
    public let publicKey: String
    private let seed: [UInt8]

    /// Reads a file. O(n).
    public init(file: [UInt8]) throws(NATSCredentialsFault) {
        guard file.count <= Self.fileBytesMax else { throw .tooLarge }
        var jwt: String?
        var seed: [UInt8]?
        for line in file.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let text = line.drop(while: Self.isBlank).prefix { !Self.isBlank($0) }
            if jwt == nil, Self.isJWTBegun(text) {
                guard text.count <= Self.jwtBytesMax, Self.isJWT(text) else { throw .malformedJWT }
                jwt = String(decoding: text, as: UTF8.self)
            } else if seed == nil, text.first == 0x53, text.count == NATSKeyText.seedCount {
                seed = try NATSKeyText.userSeed(text)
            }
        }
        guard let seed else { throw jwt == nil ? .empty : .withoutSeed }
        guard let key = Ed25519.PrivateKey(seed: seed) else { throw .malformedSeed }
        self.jwt = jwt
        self.seed = seed
        publicKey = NATSKeyText.publicUserKey(key.publicKey)
    }

    /// The signature of the server's nonce as CONNECT has it: Base64 for URLs.
    func signature(of nonce: String) -> String {
        let signature = Ed25519.PrivateKey(seed: seed)?.sign(Array(nonce.utf8)) ?? []
        return Base64.encode(signature, as: .url)
    }

    /// Whether the text begins with `eyJ`, which is Base64 for a brace and a quotation mark.
    private static func isJWTBegun(_ text: ArraySlice<UInt8>) -> Bool {
        text.count > 3 && text.first == 0x65 && text[text.startIndex + 1] == 0x79 && text[text.startIndex + 2] == 0x4A
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func isJWT(_ text: ArraySlice<UInt8>) -> Bool {
        text.count(where: { $0 == 0x2E }) == 2
            && text.allSatisfy {
                $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2E || $0 == 0x2D || $0 == 0x5F
            }
    }
}

/// Why a file has no credentials of a user.
public enum NATSCredentialsFault: Error, Hashable, Sendable {
    /// The file is larger than any file of credentials.
    case tooLarge
    /// It has neither a JWT nor a seed.
    case empty
    /// It has a JWT that proves nothing without a seed.
    case withoutSeed
    /// Its JWT is too long or is none.
    case malformedJWT
    /// Its seed has a wrong letter or checksum.
    case malformedSeed
    /// Its seed is of an account, an operator or a server.
    case notOfUser

    /// The rest of a sentence that begins with the file, without a full stop.
    public var message: String {
        switch self {
        case .tooLarge: "is no file of NATS credentials: it has more than \(NATSUserCredentials.fileBytesMax) bytes"
        case .empty: "has neither a user's JWT nor an NKEY seed (a line of 58 letters that begins with SU)"
        case .withoutSeed: "has a JWT but no NKEY seed to sign with (a line of 58 letters that begins with SU)"
        case .malformedJWT: "has a JWT that is damaged"
        case .malformedSeed: "has an NKEY seed that is damaged: a letter of it is wrong"
        case .notOfUser: "has an NKEY seed that is not a user's: one of a user begins with SU"
        }
    }
}

/// The text of an NKEY: Base32 (RFC 4648, section 6, without padding) of a prefix, 32 bytes, and their CRC-16/XMODEM,
/// low byte first.
///
///     U…      a user's public key: the prefix is 20 << 3
///     SU…     a user's seed: the prefix is 18 << 3 | 20 >> 5, then 20 << 3
enum NATSKeyText {
    /// The number of letters of a seed.
    static let seedCount = 58

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
    private static let seedPrefix: UInt8 = 18 << 3
    private static let userPrefix: UInt8 = 20 << 3

    static func publicUserKey(_ key: [UInt8]) -> String {
        var bytes = [userPrefix] + key
        let sum = checksum(bytes[...])
        bytes += [UInt8(truncatingIfNeeded: sum), UInt8(truncatingIfNeeded: sum >> 8)]
        var text: [UInt8] = []
        var (bits, count) = (0, 0)
        for byte in bytes {
            (bits, count) = ((bits << 8 | Int(byte)) & 0xFFFF, count + 8)
            while count >= 5 {
                count -= 5
                text.append(alphabet[bits >> count & 31])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The 32 bytes of a user's seed.
    static func userSeed(_ text: ArraySlice<UInt8>) throws(NATSCredentialsFault) -> [UInt8] {
        var bytes: [UInt8] = []
        var (bits, count) = (0, 0)
        for letter in text {
            guard let value = alphabet.firstIndex(of: letter) else { throw .malformedSeed }
            (bits, count) = ((bits << 5 | value) & 0xFFFF, count + 5)
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> count))
        }
        guard bytes.count == 36, checksum(bytes[..<34]) == UInt16(bytes[34]) | UInt16(bytes[35]) << 8,
            bytes[0] & 0xF8 == seedPrefix
        else { throw .malformedSeed }
        guard bytes[0] & 7 == userPrefix >> 5, bytes[1] == userPrefix << 3 else { throw .notOfUser }
        return Array(bytes[2..<34])
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        var sum: UInt16 = 0
        for byte in bytes {
            sum ^= UInt16(byte) << 8
            for _ in 0..<8 { sum = sum & 0x8000 == 0 ? sum << 1 : sum << 1 ^ 0x1021 }
        }
        return sum
    }
}
