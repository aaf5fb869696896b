import Bytes
import JSON
import Testing

@testable import Crypto

@Suite struct JWTTests {
    private static let secret = Array("a secret of more than thirty-two bytes".utf8)
    private static let now = Timestamp(milliseconds: 1_736_677_801_800)

    // MARK: - Accepted tokens

    /// RFC 7515, appendix A.1, whose header has white space and its members in another order.
    @Test func `the token of the RFC is accepted`() throws {
        let token =
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
            + "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        let secret = try #require(
            Base64.decode(
                "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow".utf8, as: .url)
        )
        let claims = try JWT.verify(token, secret: secret, now: Timestamp(milliseconds: 1_300_819_379_999))
        #expect(claims == ["iss": "joe", "exp": 1_300_819_380, "http://example.com/is_root": true])
        #expect(throws: JWTFault.expired) {
            try JWT.verify(token, secret: secret, now: Timestamp(milliseconds: 1_300_819_380_000))
        }
    }

    /// The expected token was made by another program.
    @Test func `tokens are signed as by other programs`() {
        let token = JWT.sign(claims: ["sub": 1, "exp": 2_000_000_000], secret: Array("secret".utf8))
        #expect(
            token == "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOjEsImV4cCI6MjA"
                + "wMDAwMDAwMH0.K4D3kqVZgKrQXMRocZoxLMUPmi-N6HVjpw5UBtRtrwg")
    }

    @Test func `a signed token is verified with the same secret only`() throws {
        let claims: JSONObject = [
            "sub": 17, "username": "john_driver", "email": "driver@example.com", "role": "driver",
            "name": "Jörg 𝄞 \"x\"",
            "iat": 1_736_677_801, "exp": 1_736_764_201,
        ]
        let token = JWT.sign(claims: claims, secret: Self.secret)
        #expect(try JWT.verify(token, secret: Self.secret, now: Self.now) == claims)
        #expect(throws: JWTFault.wrongSignature) {
            try JWT.verify(token, secret: Self.secret + [0x78], now: Self.now)
        }
    }

    /// No two spellings are the same token.
    @Test func `a change of any character is refused`() {
        let token = Array(JWT.sign(claims: ["sub": 1, "exp": 1_736_764_201], secret: Self.secret).utf8)
        for place in token.indices {
            for other in [0x41, 0x42, 0x2D, 0x2E, 0x3D, 0x20, 0x7A] as [UInt8] where other != token[place] {
                var changed = token
                changed[place] = other
                #expect(throws: JWTFault.self) {
                    try JWT.verify(String(decoding: changed, as: UTF8.self), secret: Self.secret, now: Self.now)
                }
            }
            #expect(throws: JWTFault.self) {
                try JWT.verify(String(decoding: token[..<place], as: UTF8.self), secret: Self.secret, now: Self.now)
            }
        }
    }

    // MARK: - Refused tokens

    @Test func `headers must name HS256 and no extension`() {
        let table: [(String, JWTFault?)] = [
            (#"{"alg":"HS256"}"#, nil), (#"{"typ":"JWT","alg":"HS256","kid":"1"}"#, nil),
            (#" { "alg" : "HS256" } "#, nil),
            (#"{"alg":"\u0048S256"}"#, nil), (#"{"alg":"none"}"#, .algorithm), (#"{"alg":"None"}"#, .algorithm),
            (#"{"alg":"NONE","typ":"JWT"}"#, .algorithm), (#"{"alg":"HS384"}"#, .algorithm),
            (#"{"alg":"HS512"}"#, .algorithm),
            (#"{"alg":"RS256"}"#, .algorithm), (#"{"alg":"ES256"}"#, .algorithm), (#"{"alg":"hs256"}"#, .algorithm),
            (#"{"alg":"HS256 "}"#, .algorithm), (#"{"alg":""}"#, .algorithm), (#"{"alg":null}"#, .malformedHeader),
            (#"{"alg":256}"#, .malformedHeader), (#"{"alg":["HS256"]}"#, .malformedHeader), ("{}", .malformedHeader),
            (#"{"typ":"JWT"}"#, .malformedHeader), (#"{"ALG":"HS256"}"#, .malformedHeader), ("", .malformedHeader),
            (#"{"alg":"none","alg":"HS256"}"#, .malformedHeader), (#"{"alg":"HS256"}x"#, .malformedHeader),
            (#"["HS256"]"#, .malformedHeader), (#""HS256""#, .malformedHeader), ("null", .malformedHeader),
            (#"{"alg":"HS256","crit":["exp"]}"#, .criticalParameter),
            (#"{"alg":"HS256","crit":[]}"#, .criticalParameter),
            (#"{"alg":"HS256","crit":null}"#, .criticalParameter),
            (#"{"alg":"HS256","b64":false,"crit":["b64"]}"#, .criticalParameter),
        ]
        for (header, fault) in table {
            #expect(outcome(of: token(header: header, claimText: #"{"exp":1736764201}"#)) == fault, "\(header)")
        }
    }

    @Test func `claims that are not an object are refused`() {
        for claims in [
            "", "null", "1", "[]", #"[{"exp":1736764201}]"#, #""exp""#, #"{"exp":1736764201"#, #"{"exp":1736764201}}"#,
            #"{"exp":1736764201,"exp":1736764202}"#, #"{exp:1736764201}"#, #"{"exp":1e999}"#, "\u{FEFF}{}",
        ] {
            #expect(outcome(of: token(claimText: claims)) == .malformedClaims, "\(claims)")
        }
        #expect(outcome(of: token(claims: [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D])) == .malformedClaims)
    }

    @Test func `a token is valid from nbf until exp`() {
        // Now is 1736677801.8.
        let table: [(String, JWTFault?)] = [
            (#"{"exp":1736677802}"#, nil), (#"{"exp":1736677801}"#, .expired), (#"{"exp":1736677801.801}"#, nil),
            (#"{"exp":1736677801.8}"#, .expired), (#"{"exp":1736677801.799}"#, .expired),
            (#"{"exp":1.736677802e9}"#, nil),
            (#"{"exp":1.736677801E+9}"#, .expired), (#"{"exp":0}"#, .expired), (#"{"exp":-0}"#, .expired),
            (#"{"exp":-1}"#, .expired),
            (#"{"exp":9223372036854775807}"#, nil), (#"{"exp":-9223372036854775808}"#, .expired),
            (#"{"exp":9223372036854775808}"#, nil), (#"{"exp":18446744073709551615}"#, nil), (#"{"exp":1e300}"#, nil),
            (#"{"exp":1.7976931348623157e308}"#, nil), (#"{"exp":-1.7976931348623157e308}"#, .expired),
            (#"{"exp":5e-324}"#, .expired),
            (#"{"exp":9223372036854776}"#, nil), (#"{"exp":-9223372036854776}"#, .expired),
            (#"{}"#, .withoutExpiry), (#"{"EXP":1736677802}"#, .withoutExpiry), (#"{"exp":null}"#, .notADate("exp")),
            (#"{"exp":"1736677802"}"#, .notADate("exp")), (#"{"exp":true}"#, .notADate("exp")),
            (#"{"exp":[1736677802]}"#, .notADate("exp")),
            (#"{"exp":{}}"#, .notADate("exp")),
            (#"{"exp":1736677802,"nbf":1736677801}"#, nil), (#"{"exp":1736677802,"nbf":1736677801.8}"#, nil),
            (#"{"exp":1736677802,"nbf":1736677801.801}"#, .notYetValid),
            (#"{"exp":1736677803,"nbf":1736677802}"#, .notYetValid),
            (#"{"exp":1736677802,"nbf":-5}"#, nil), (#"{"exp":1736677802,"nbf":9223372036854775807}"#, .notYetValid),
            (#"{"exp":1736677802,"nbf":18446744073709551615}"#, .notYetValid),
            (#"{"exp":1736677802,"nbf":1e308}"#, .notYetValid),
            (#"{"exp":1736677802,"nbf":-1e308}"#, nil), (#"{"exp":1736677802,"nbf":"0"}"#, .notADate("nbf")),
            (#"{"exp":1736677802,"nbf":null}"#, .notADate("nbf")), (#"{"exp":1736677802,"iat":1}"#, nil),
            (#"{"exp":1736677802,"iat":1736677999.5}"#, nil), (#"{"exp":1736677802,"iat":"now"}"#, .notADate("iat")),
        ]
        for (claims, fault) in table { #expect(outcome(of: token(claimText: claims)) == fault, "\(claims)") }
    }

    @Test func `tokens are checked at extreme times`() {
        let token = JWT.sign(claims: ["exp": 1_736_764_201], secret: Self.secret)
        for (milliseconds, fault) in [(Int64.min, nil), (0, nil), (Int64.max, .expired)] as [(Int64, JWTFault?)] {
            #expect(outcome(of: token, now: Timestamp(milliseconds: milliseconds)) == fault)
        }
        let forever = JWT.sign(claims: ["exp": .double(1e300)], secret: Self.secret)
        #expect(outcome(of: forever, now: Timestamp(milliseconds: .max)) == nil)
    }

    @Test func `anything but three canonical segments is refused`() {
        let good = JWT.sign(claims: ["exp": 1_736_764_201], secret: Self.secret)
        let parts = good.split(separator: ".").map(String.init)
        let table: [(String, JWTFault)] = [
            ("", .segmentCount), (".", .segmentCount), ("..", .malformedHeader), ("...", .segmentCount),
            (good + ".", .segmentCount),
            ("." + good, .segmentCount), (parts[0] + "." + parts[1], .segmentCount),
            (good + "." + parts[2], .segmentCount),
            (parts[0] + "." + parts[1] + ".", .wrongSignature), (parts[0] + ".." + parts[2], .wrongSignature),
            ("." + parts[1] + "." + parts[2], .malformedHeader), (good + "=", .malformedSignature),
            (good + " ", .malformedSignature),
            (" " + good, .malformedHeader), (good + "\n", .malformedSignature), ("Bearer " + good, .malformedHeader),
            (parts[0] + "=." + parts[1] + "." + parts[2], .malformedHeader),
            (parts[0] + "." + parts[1] + "=." + parts[2], .wrongSignature),
            (parts[0] + "." + parts[1] + "." + parts[2].dropLast(), .malformedSignature),
            (good + "AAAA", .wrongSignature),
            ("é.é.é", .malformedHeader), ("\0.\0.\0", .malformedHeader),
        ]
        for (token, fault) in table { #expect(outcome(of: token) == fault, "\(token)") }
    }

    /// The last character of 32 bytes in base64url has two bits that must be zero. A lax decoder would accept three
    /// other characters for the same signature.
    @Test func `other spellings of the signature are refused`() throws {
        let good = JWT.sign(claims: ["exp": 1_736_764_201], secret: Self.secret)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let last = try #require(good.last)
        let place = try #require(alphabet.firstIndex(of: last))
        #expect(place.isMultiple(of: 4))
        for bits in 1...3 {
            #expect(outcome(of: good.dropLast() + String(alphabet[place + bits])) == .malformedSignature)
        }
    }

    @Test func `the standard base64 alphabet and padding are refused`() {
        // In these claims the two alphabets differ; each text is signed as it is.
        let claims = Array(#"{"exp":1736764201,"a":"???>>>~~~"}"#.utf8)
        let header: String = Base64.encode(Array(#"{"alg":"HS256"}"#.utf8), as: .url)
        for (form, fault) in [(Base64.Form.url, nil), (.standard, .malformedClaims)] as [(Base64.Form, JWTFault?)] {
            let input = header + "." + Base64.encode(claims, as: form)
            let code = HMACSHA256.authenticationCode(for: Array(input.utf8), key: Self.secret)
            #expect(outcome(of: input + "." + Base64.encode(code, as: .url)) == fault)
        }
    }

    @Test func `the length is limited`() {
        func token(_ count: Int) -> String {
            JWT.sign(
                claims: ["exp": 1_736_764_201, "x": .string(String(repeating: "y", count: count))], secret: Self.secret)
        }
        let rest = token(0).utf8.count
        let longest = token((JWT.bytesMax - rest) / 4 * 3 - 3)
        #expect(longest.utf8.count <= JWT.bytesMax && longest.utf8.count > JWT.bytesMax - 12)
        #expect(outcome(of: longest) == nil)
        #expect(outcome(of: token(JWT.bytesMax)) == .tooLong)
        #expect(outcome(of: String(repeating: ".", count: JWT.bytesMax + 1)) == .tooLong)
    }

    /// The claims of a token with a foreign signature are not read at all.
    @Test func `the signature is checked before the claims`() {
        let other = Array("another secret".utf8)
        for claims in [#"{"exp":0}"#, "{}", "nonsense"] {
            #expect(outcome(of: token(claims: Array(claims.utf8), secret: other)) == .wrongSignature)
        }
    }

    @Test func `every fault has its own description`() {
        let faults: [JWTFault] = [
            .tooLong, .segmentCount, .malformedHeader, .algorithm, .criticalParameter, .malformedSignature,
            .wrongSignature,
            .malformedClaims, .withoutExpiry, .notADate("exp"), .expired, .notYetValid,
        ]
        #expect(Set(faults.map(\.description)).count == faults.count)
        #expect(JWTFault.tooLong.description == "the token is longer than 8192 bytes")
        #expect(JWTFault.notADate("nbf").description == "the token's claim nbf is not a number")
    }

    // MARK: - Tokens with arbitrary content

    private func token(header: String = #"{"alg":"HS256"}"#, claimText: String) -> String {
        token(header: header, claims: Array(claimText.utf8))
    }

    private func token(
        header: String = #"{"alg":"HS256"}"#, claims: [UInt8], secret: [UInt8] = JWTTests.secret
    ) -> String {
        let input = Base64.encode(Array(header.utf8), as: .url) + "." + Base64.encode(claims, as: .url)
        let code = HMACSHA256.authenticationCode(for: Array(input.utf8), key: secret)
        return input + "." + Base64.encode(code, as: .url)
    }

    private func outcome(of token: some StringProtocol, now: Timestamp = JWTTests.now) -> JWTFault? {
        do {
            _ = try JWT.verify(String(token), secret: Self.secret, now: now)
            return nil
        } catch {
            return error
        }
    }
}
