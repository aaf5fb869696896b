import Bytes
import Crypto
import Testing

@Suite struct SHA256Tests {
    /// The examples that NIST publishes for FIPS 180-4.
    @Test func `hashes match the published ones`() {
        let table: [(String, Int, String)] = [
            ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                    + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
            ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ]
        for (part, count, hash) in table {
            #expect(Hex.encode(SHA256.hash(Array(String(repeating: part, count: count).utf8))) == hash)
        }
    }

    @Test(arguments: MessageLengths.table)
    func `messages of every length around a block are hashed`(_ row: MessageLengths.Row) {
        #expect(Hex.encode(SHA256.hash(MessageLengths.message(row.count))) == row.sha256)
    }

    @Test func `parts of any size have the hash of the whole`() {
        let message = MessageLengths.message(1000)
        let whole = SHA256.hash(message)
        for size in [1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 128, 129, 500, 999, 1000] {
            var hash = SHA256()
            for start in stride(from: 0, to: message.count, by: size) {
                hash.update(Array(message[start..<min(start + size, message.count)]))
                hash.update([])
            }
            #expect(hash.finalize() == whole, "parts of \(size)")
        }
    }

    @Test func `finalizing changes nothing`() {
        var hash = SHA256()
        hash.update(Array("a".utf8))
        #expect(hash.finalize() == hash.finalize())
        var copy = hash
        hash.update(Array("bc".utf8))
        #expect(hash.finalize() == SHA256.hash(Array("abc".utf8)))
        copy.update(Array("x".utf8))
        #expect(copy.finalize() == SHA256.hash(Array("ax".utf8)))
    }

    @Test func `hashes have the declared length`() {
        #expect(SHA256.hash([]).count == SHA256.byteCount)
        #expect(SHA1.hash([]).count == SHA1.byteCount)
    }
}
