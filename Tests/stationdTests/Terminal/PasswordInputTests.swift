import Testing

@testable import stationd

@Suite struct PasswordInputTests {
    static let lines: [(String, String?)] = [
        ("secret", "secret"), ("secret\n", "secret"), ("secret\r\n", "secret"), (" secret \n", " secret "), ("", ""),
        ("\n", ""), ("a\nb", nil), ("a\n\n", nil), ("\na", nil),
    ]

    @Test(arguments: lines) func `the password is a single line`(_ input: String, _ password: String?) {
        let line = try? PasswordInput.line(Array(input.utf8))
        #expect(line == password.map { Array($0.utf8) })
    }

    static let refused: [([UInt8], String)] = [
        ([], "the password is empty"), (Array("seven77".utf8), "the password is shorter than 8 characters"),
        ([UInt8](repeating: 0x61, count: 129), "the password is longer than 128 bytes"),
        (Array("abcdefg\0".utf8), "the password contains a NUL"),
        (Array("abcdefgh".utf8) + [0xFF], "the password is not valid UTF-8"),
        // Eight bytes, but four characters.
        (Array("äöüß".utf8), "the password is shorter than 8 characters"),
    ]

    @Test(arguments: refused) func `a password that breaks the rules is refused`(_ password: [UInt8], _ message: String)
    {
        #expect(throws: CommandFailure(.dataFault, message)) { try PasswordInput.check(password) }
    }

    @Test func `a password that follows the rules is accepted`() throws {
        try PasswordInput.check(Array("station-demo".utf8))
        try PasswordInput.check([UInt8](repeating: 0x61, count: 128))
    }
}
