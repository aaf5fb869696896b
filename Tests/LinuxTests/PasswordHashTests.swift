import Linux
import Testing

@Suite struct PasswordHashTests {
    private func hash(_ text: String) throws -> String { try PasswordHash.hash(Array(text.utf8)) }

    @Test func `a hash is yescrypt with a fresh salt`() throws {
        let (first, second) = (try hash("correct horse"), try hash("correct horse"))
        #expect(first.hasPrefix("$y$j9T$"))
        #expect(first != second)
    }

    @Test func `only the right password matches a hash`() throws {
        let hash = try hash("correct horse")
        #expect(try PasswordHash.verify(Array("correct horse".utf8), against: hash))
        for other in ["correct hors", "correct horse ", "Correct horse", "", "x"] {
            #expect(try !PasswordHash.verify(Array(other.utf8), against: hash), "\(other)")
        }
    }

    @Test func `all bytes of a password count`() throws {
        let password = Array((1...128).map { UInt8($0) })
        let hash = try PasswordHash.hash(password)
        #expect(try PasswordHash.verify(password, against: hash))
        var other = password
        other[127] = 1
        #expect(try !PasswordHash.verify(other, against: hash))
        let high = (128...255).map { UInt8($0) }
        #expect(try PasswordHash.verify(high, against: try PasswordHash.hash(high)))
    }

    @Test func `passwords that cannot be hashed are refused`() {
        #expect(throws: PasswordHashError.empty) { try PasswordHash.hash([]) }
        #expect(throws: PasswordHashError.tooLong) { try PasswordHash.hash([UInt8](repeating: 0x61, count: 129)) }
        #expect(throws: PasswordHashError.containsNUL) { try PasswordHash.hash([0x61, 0, 0x62]) }
    }

    @Test(arguments: ["", "*0", "*1", "!", "!$y$j9T$abc$def", "$nope$abc", "plain text", "$y$", "$y$j9T$", "\0", "a:b"])
    func `a broken hash matches nothing`(_ hash: String) throws {
        for password in ["", hash, "x"] {
            #expect(try !PasswordHash.verify(Array(password.utf8), against: hash), "\(password)")
        }
    }

    @Test func `a prefix of the right hash does not match`() throws {
        let hash = try hash("abc")
        #expect(try !PasswordHash.verify(Array("abc".utf8), against: String(hash.dropLast())))
        #expect(try !PasswordHash.verify(Array("abc".utf8), against: hash + "x"))
    }
}
