import Bytes
import Crypto
import JSON
import Testing

/// A cached token is judged as if it were verified now.
@Suite struct VerifiedTokensTests {
    private static let secret = Array("0123456789abcdef0123456789abcdef".utf8)
    private static let now = Timestamp(milliseconds: 1_736_700_000_000)

    private func token(_ subject: Int64, expiry: Int64 = 1_736_764_201) -> String {
        JWT.sign(claims: ["sub": .integer(subject), "exp": .integer(expiry)], secret: Self.secret)
    }

    @Test func `a cached token expires when an uncached one does`() throws {
        var tokens = VerifiedTokens(secret: Self.secret)
        let token = token(1, expiry: 1_736_700_010)
        for second in 0..<10 as Range<Int64> {
            let claims = try tokens.verify(token, now: Timestamp(milliseconds: Self.now.milliseconds + 1000 * second))
            #expect(claims["sub"] == 1)
        }
        #expect(throws: JWTFault.expired) {
            try tokens.verify(token, now: Timestamp(milliseconds: Self.now.milliseconds + 10_000))
        }
        // If the clock is set back the token is valid again, as without the cache.
        #expect(try tokens.verify(token, now: Self.now)["sub"] == 1)
    }

    @Test func `a change of any character of a cached token is refused`() throws {
        var tokens = VerifiedTokens(secret: Self.secret)
        let good = token(1)
        let bytes = Array(good.utf8)
        for place in bytes.indices {
            _ = try tokens.verify(good, now: Self.now)
            for other in [0x41, 0x7A, 0x2E] as [UInt8] where other != bytes[place] {
                var changed = bytes
                changed[place] = other
                let text = String(decoding: changed, as: UTF8.self)
                #expect(throws: JWTFault.self) { try tokens.verify(text, now: Self.now) }
            }
            let cut = String(decoding: bytes[..<place], as: UTF8.self)
            #expect(throws: JWTFault.self) { try tokens.verify(cut, now: Self.now) }
        }
    }

    @Test func `thousands of tokens are not confused`() throws {
        var tokens = VerifiedTokens(secret: Self.secret)
        let others = VerifiedTokens(secret: Self.secret.reversed())
        for round in 0..<3 {
            for subject in 1...2000 as ClosedRange<Int64> {
                #expect(try tokens.verify(token(subject), now: Self.now)["sub"] == .integer(subject), "round \(round)")
            }
        }
        var foreign = others
        #expect(throws: JWTFault.wrongSignature) { try foreign.verify(token(7), now: Self.now) }
    }

    @Test func `tokens too long for the cache are verified too`() throws {
        var tokens = VerifiedTokens(secret: Self.secret)
        let long = JWT.sign(
            claims: ["sub": 1, "exp": 1_736_764_201, "note": .string(String(repeating: "x", count: 2000))],
            secret: Self.secret)
        for _ in 0..<2 { #expect(try tokens.verify(long, now: Self.now)["sub"] == 1) }
        #expect(throws: JWTFault.self) { try tokens.verify(long + "A", now: Self.now) }
    }
}
