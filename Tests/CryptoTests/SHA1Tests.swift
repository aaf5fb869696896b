import Bytes
import Crypto
import Testing

@Suite struct SHA1Tests {
    /// RFC 3174, section 7.3.
    @Test func `hashes match the published ones`() {
        let table: [(String, Int, String)] = [
            ("abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
            ("a", 1_000_000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
            (
                "0123456701234567012345670123456701234567012345670123456701234567", 10,
                "dea356a2cddd90c7a7ecedc5ebb563934f460452"
            ),
        ]
        for (part, count, hash) in table {
            #expect(Hex.encode(SHA1.hash(Array(String(repeating: part, count: count).utf8))) == hash)
        }
    }

    @Test(arguments: MessageLengths.table)
    func `messages of every length around a block are hashed`(_ row: MessageLengths.Row) {
        #expect(Hex.encode(SHA1.hash(MessageLengths.message(row.count))) == row.sha1)
    }

    /// RFC 6455, section 1.3: the only use of SHA-1 here.
    @Test func `the example of the WebSocket handshake is answered`() {
        let text = "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        #expect(Base64.encode(SHA1.hash(Array(text.utf8))) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }
}
