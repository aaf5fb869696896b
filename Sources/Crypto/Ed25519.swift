/// Signatures with Ed25519 (RFC 8032, section 5.1).
public enum Ed25519 {
    /// The number of bytes of a seed, which is the private key, and of a public key: 32.
    public static let keyByteCount = 32
    /// The number of bytes in a signature: 64.
    public static let signatureByteCount = 64

    /// A private key, ready to sign. Its times do not depend on the seed.
    public struct PrivateKey: Sendable {
        /// The public key that belongs to it.
        public let publicKey: [UInt8]
        private let scalar: [UInt8]
        private let prefix: [UInt8]

        /// Creates a key from its seed; nil if the seed does not have 32 bytes.
        public init?(seed: [UInt8]) {
            guard seed.count == keyByteCount else { return nil }
            let hash = SHA512.hash(seed)
            var scalar = Array(hash[..<32])
            scalar[0] &= 0xF8
            scalar[31] = scalar[31] & 0x7F | 0x40
            self.scalar = scalar
            prefix = Array(hash[32...])
            publicKey = (scalar * Ed25519Point.base).bytes
        }

        /// The signature of `message`. O(n).
        public func sign(_ message: [UInt8]) -> [UInt8] {
            let nonce = Ed25519Scalar.reduced(SHA512.hash(prefix + message))
            let commitment = (nonce * Ed25519Point.base).bytes
            let challenge = Ed25519.challenge(commitment, publicKey, message)
            return commitment + Ed25519Scalar.product(challenge, scalar, plus: nonce)
        }
    }

    /// Whether `signature` is one of `message` by the owner of `publicKey`. O(n).
    public static func verify(_ signature: [UInt8], of message: [UInt8], publicKey: [UInt8]) -> Bool {
        guard signature.count == signatureByteCount, let point = Ed25519Point(publicKey) else { return false }
        let (commitment, scalar) = (Array(signature[..<32]), Array(signature[32...]))
        guard Ed25519Scalar.isReduced(scalar) else { return false }
        let sum = scalar * Ed25519Point.base + challenge(commitment, publicKey, message) * point.negated
        return sum.bytes == commitment
    }

    private static func challenge(_ commitment: [UInt8], _ publicKey: [UInt8], _ message: [UInt8]) -> [UInt8] {
        Ed25519Scalar.reduced(SHA512.hash(commitment + publicKey + message))
    }
}
