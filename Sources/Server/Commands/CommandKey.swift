import Bytes
import Crypto

/// What a station knows of its central server, so that it can tell the central server's commands from others: the
/// setting `upstream.command_key`.
///
///     64 hexadecimal digits       the public key that verifies commands
///     64 more                     the key that opens what is sealed for this station alone: password hashes
///
/// The second part is a secret that the station and its central server share.
public struct CommandKey: Hashable, Sendable {
    /// The public key, 32 bytes.
    let publicKey: [UInt8]
    /// The key that opens what is sealed, 32 bytes; nil if the station has none.
    let sealingKey: [UInt8]?

    init(publicKey: [UInt8], sealingKey: [UInt8]?) {
        self.publicKey = publicKey
        self.sealingKey = sealingKey
    }

    /// The key for a member of the fleet of a central server with this private key; nil if the seed does not have 32
    /// bytes.
    ///
    /// The second part follows from the member's token, so that a box that was stolen opens nothing that is sealed
    /// after the token was renewed.
    ///
    /// - Parameter tokenDigest: the SHA-256 of the member's token, in lower-case hexadecimal digits.
    public init?(seed: [UInt8], member: UInt32, tokenDigest: String) {
        guard let key = Ed25519.PrivateKey(seed: seed) else { return nil }
        publicKey = key.publicKey
        sealingKey = Self.sealingKey(seed: seed, member: member, tokenDigest: tokenDigest)
    }

    static func sealingKey(seed: [UInt8], member: UInt32, tokenDigest: String) -> [UInt8] {
        HMACSHA256.authenticationCode(for: Array("stationd sealing 1\n\(member)\n\(tokenDigest)".utf8), key: seed)
    }

    /// Reads 64 or 128 hexadecimal digits; nil if `text` is neither.
    public init?(_ text: String) {
        guard let bytes = Hex.decode(text.utf8), bytes.count == 32 || bytes.count == 64 else { return nil }
        publicKey = Array(bytes[..<32])
        sealingKey = bytes.count == 64 ? Array(bytes[32...]) : nil
    }

    /// The key as it stands in the configuration.
    public var text: String { Hex.encode(publicKey + (sealingKey ?? [])) }
}

/// The bytes that a command's signature covers (Ed25519, RFC 8032), in lines that end with LF, but for the last one:
///
///     stationd command 1
///     <station.id of the station, in decimal>
///     <epoch of the station>
///     <id of the command: the epoch of its numbers, a hyphen and its number>
///     <type of the command>
///     <the value of `data`, byte for byte as it is sent>
///
/// No line but the last can hold an LF, so two commands never have the same text. A command for another station, or for
/// the time before this one was restored from a backup, has another text, and so has one with another number.
enum CommandText {
    static func bytes(station: Int64, epoch: String, id: String, type: String, data: some Sequence<UInt8>) -> [UInt8] {
        Array("stationd command 1\n\(station)\n\(epoch)\n\(id)\n\(type)\n".utf8) + data
    }
}

/// A password hash on its way to one station, so that neither the line nor a broker reads it.
///
///     sealed = tag, text XOR stream       in hexadecimal digits
///     tag    = the first 16 bytes of HMAC-SHA-256(key, "tag" LF id LF text)
///     stream = HMAC-SHA-256(key, "stream" LF tag LF counter in decimal) for the counters 0, 1, …
///
/// The tag chooses the stream, so two texts never share one, and it shows whether the text came through unharmed.
enum SealedText {
    static let bytesMax = 512
    private static let tagBytes = 16

    /// Seals `text` for the command `id`.
    static func seal(_ text: [UInt8], id: String, key: [UInt8]) -> String {
        let tag = tag(of: text, id: id, key: key)
        return Hex.encode(tag + combined(text, tag, key))
    }

    /// The text that was sealed for the command `id`; nil if it was not sealed with this key, or for another command.
    static func open(_ sealed: String, id: String, key: [UInt8]) -> [UInt8]? {
        guard sealed.utf8.count <= 2 * (bytesMax + tagBytes), let bytes = Hex.decode(sealed.utf8),
            bytes.count >= tagBytes
        else { return nil }
        let tag = Array(bytes[..<tagBytes])
        let text = combined(bytes[tagBytes...], tag, key)
        return ConstantTime.equal(tag, self.tag(of: text, id: id, key: key)) ? text : nil
    }

    private static func tag(of text: [UInt8], id: String, key: [UInt8]) -> [UInt8] {
        Array(HMACSHA256.authenticationCode(for: Array("tag\n\(id)\n".utf8) + text, key: key)[..<tagBytes])
    }

    private static func combined(_ text: some Sequence<UInt8>, _ tag: [UInt8], _ key: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = []
        var counter = 0
        var result: [UInt8] = []
        for (index, byte) in text.enumerated() {
            if index == stream.count {
                let message = Array("stream\n".utf8) + tag + Array("\n\(counter)".utf8)
                stream += HMACSHA256.authenticationCode(for: message, key: key)
                counter += 1
            }
            result.append(byte ^ stream[index])
        }
        return result
    }
}
