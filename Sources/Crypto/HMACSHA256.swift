/// The keyed-hash message authentication code with SHA-256 (RFC 2104).
public enum HMACSHA256 {
    /// The 32-byte code of `message` under `key`. O(n).
    ///
    /// A key of more than 64 bytes is hashed first (RFC 2104, section 2).
    public static func authenticationCode(for message: [UInt8], key: [UInt8]) -> [UInt8] {
        var block = key.count > 64 ? SHA256.hash(key) : key
        block.append(contentsOf: repeatElement(0, count: 64 - block.count))
        var inner = SHA256()
        inner.update(block.map { $0 ^ 0x36 })
        inner.update(message)
        var outer = SHA256()
        outer.update(block.map { $0 ^ 0x5C })
        outer.update(inner.finalize())
        return outer.finalize()
    }
}
