import Testing

@testable import stationd

@Suite struct JWTSecretTests {
    private static let digits = String(repeating: "0123456789abcdef", count: 4)

    @Test func `the station's own secret is 64 hexadecimal digits and a line feed`() {
        #expect(OwnSecretFile.secret(Array("\(Self.digits)\n".utf8)) == Array(Self.digits.utf8))
        let damaged: [[UInt8]] = [
            [], [0x0A], Array(Self.digits.utf8), Array("\(Self.digits)\r\n".utf8), Array("\(Self.digits)\n\n".utf8),
            [UInt8](repeating: 0, count: 65), [UInt8](repeating: 0, count: 64) + [0x0A],
            Array("\(Self.digits.uppercased())\n".utf8), Array(" \(Self.digits.dropFirst())\n".utf8),
            Array("\(Self.digits.dropLast())g\n".utf8), Array("\(Self.digits)0\n".utf8),
            Array("\(Self.digits.dropLast())\n".utf8),
        ]
        for bytes in damaged { #expect(OwnSecretFile.secret(bytes) == nil, "\(bytes)") }
    }

    @Test func `a shared secret is at least 32 bytes of printable text`() {
        let secret = Array("correct horse battery staple pin đổi".utf8)
        for end in [[], [0x0A], [0x0D, 0x0A], [0x0D]] as [[UInt8]] {
            #expect(JWTSecret.sharedSecret(secret + end) == secret)
        }
        let refused: [[UInt8]] = [
            [], Array("thirty-one bytes of text, no mo".utf8), [UInt8](repeating: 0, count: 65),
            secret + [0x0A, 0x0A], secret + [0x00], [0x09] + secret, secret + [0x1B], secret + [0x7F],
            secret + [0xFF], [0xC3, 0x28] + secret,
        ]
        for bytes in refused { #expect(JWTSecret.sharedSecret(bytes) == nil, "\(bytes)") }
    }
}
