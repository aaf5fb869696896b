import Bytes
import Crypto
import JSON

extension FuzzMachine {
    /// JSON: the parser, the writer and the slicer.
    static let json = FuzzMachine(
        "json",
        words: [
            "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u", "\\ud83d\\ude00", "\\u0000", "null", "true", "false",
            "1e308", "-0", "0.1",
            "1E+2", "9223372036854775807", "18446744073709551615", "-9223372036854775808", "4.9e-324", "// a\n",
            "/* b */", "\u{FEFF}", "é",
        ],
        seeds: {
            let texts = [
                "{\"a\":[1,-2.5e3,true,false,null],\"b\\u00e9\":{\"\":\"\\ud83d\\ude00\\n\\\"\"}}", "[]", "{}",
                " \t\r\n0 ", "\"\\u0000\"",
                "[1e400]", "[01]", "[1.]", "\"\\ud800\"", "{\"a\":1,\"a\":2}", "[1,]", "{\"a\"}", "nul", "\"a",
                "[[[[[[[[[[]]]]]]]]]]",
                "[9223372036854775807,-9223372036854775808,18446744073709551615,18446744073709551616]",
                "// c\n{/* d */\"e\":1// f\n}", "/*", "\u{FEFF}1",
                "[0.1,1e-7,123456789012345680000,5e-324,1.7976931348623157e308]",
                "{\"seq\":7,\"at\":\"2025-01-12T10:30:01.800Z\",\"type\":\"ticket.created\","
                    + "\"ticket\":{\"user\":{\"username\":\"a\"}}}",
                String(repeating: "[", count: 70),
            ]
            return texts.map { [UInt8]($0) } + [
                [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0x1F, 0x22],
            ]
        },
        body: { bytes in
            let limits = JSONLimits(depthMax: 32)
            _ = try? JSONParser.parse(bytes, limits: JSONLimits(depthMax: 3, bytesMax: 20))
            walk(bytes)
            var mended = bytes
            let forgiven = try? JSONParser.parse(forgiving: &mended, limits: limits)
            if let strict = try? JSONParser.parse(bytes, limits: limits) {
                expect(strict == forgiven && mended == bytes, "nothing is forgiven in a text without slips")
            } else if let forgiven {
                expect((try? JSONParser.parse(mended, limits: limits)) == forgiven, "a mended text is strict JSON")
            }
            let commented = try? JSONParser.parse(bytes, limits: limits, comments: true)
            let value: JSONValue
            do throws(JSONFault) {
                value = try JSONParser.parse(bytes, limits: limits)
            } catch {
                expect((0...bytes.count).contains(error.offset), "a fault lies within the text")
                let place = JSONLocator.position(ofOffset: error.offset, in: bytes.span)
                expect(place == (error.line, error.column), "a fault has the right line and column: \(place) \(error)")
                return
            }
            expect(commented == value, "allowing comments changes nothing in a text without any")
            for style in [JSONWriter.Style.compact, .pretty] {
                let text = value.encoded(style)
                expect(
                    (try? JSONParser.parse(text, limits: limits)) == value,
                    "a value survives writing and reading: \(String(decoding: text, as: UTF8.self))")
                // The text must be the same too, because equal values may be spelt in two ways.
                expect(
                    (try? JSONParser.parse(text, limits: limits))?.encoded(style) == text,
                    "a value is written the same again")
            }
            var slicer = JSONSlicer()
            compare(value, &slicer, bytes.firstIndexOfText, bytes, limits)
            expect(!slicer.isAstray, "valid JSON does not lead the slicer astray")
        })

    /// Slices any bytes, as readers of records do.
    private static func walk(_ bytes: [UInt8]) {
        var slicer = JSONSlicer()
        slicer.beginObject(in: bytes.span)
        while let name = slicer.nextMember(in: bytes.span) {
            expect(name.upperBound <= bytes.count, "a name lies within the text")
            if bytes[name].first == 0x61 {
                slicer.beginArray(in: bytes.span)
                while slicer.nextElement(in: bytes.span), slicer.value(in: bytes.span) != nil {}
            } else if let value = slicer.value(in: bytes.span) {
                expect(value.upperBound <= bytes.count, "a value lies within the text")
            }
        }
        expect(slicer.index <= bytes.count + 1, "the slicer stays within the text")
        _ = JSONLocator.position(of: ["a", "0"], in: bytes)
    }

    /// The slicer finds the parts that the parser has found.
    private static func compare(
        _ value: JSONValue, _ slicer: inout JSONSlicer, _ start: Int, _ bytes: [UInt8], _ limits: JSONLimits
    ) {
        if start > 0 { slicer = JSONSlicer(at: start) }
        switch value {
        case .object(let object):
            expect(slicer.beginObject(in: bytes.span), "the slicer finds an object")
            var count = 0
            while slicer.nextMember(in: bytes.span) != nil {
                guard let range = slicer.value(in: bytes.span), count < object.count else {
                    return expect(false, "the slicer finds no more members than the parser")
                }
                let part = try? JSONParser.parse(Array(bytes[range]), limits: limits)
                expect(part == object.members[count].value, "the slicer finds the same member")
                count += 1
            }
            expect(count == object.count, "the slicer finds all members")
        case .array(let array):
            expect(slicer.beginArray(in: bytes.span), "the slicer finds an array")
            var count = 0
            while slicer.nextElement(in: bytes.span) {
                guard let range = slicer.value(in: bytes.span), count < array.count else {
                    return expect(false, "the slicer finds no more elements than the parser")
                }
                let part = try? JSONParser.parse(Array(bytes[range]), limits: limits)
                expect(part == array[count], "the slicer finds the same element")
                count += 1
            }
            expect(count == array.count, "the slicer finds all elements")
        default: expect(slicer.value(in: bytes.span) != nil, "the slicer finds a value")
        }
    }

    // MARK: - Tokens

    /// A token: the input itself, and its two parts as header and claims, signed with the right secret.
    static let jwt = FuzzMachine(
        "jwt",
        words: [
            "eyJhbGciOiJIUzI1NiJ9", "{\"alg\":\"HS256\"}", "{\"exp\":1e300}", "\"nbf\":", "\"crit\":[]", ".",
            "1736678000", "none", "-", "_",
        ],
        seeds: {
            let claims: [JSONObject] = [
                ["sub": 1, "exp": 1_736_678_001], ["exp": 1e18, "nbf": 1_736_677_999.5, "iat": 0], ["exp": "soon"],
                ["exp": -1],
                ["exp": JSONValue(UInt64.max)], [:],
            ]
            let texts = [
                "{\"alg\":\"none\"}.{}", "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}.{\"exp\":2000000000}", "{}.{}", ".",
                "a.b.c.d",
                "{\"alg\":\"HS256\"}.{\"exp\":9223372036854775807,\"nbf\":-9223372036854775808}",
                "{\"alg\":\"HS256\"}.[]",
            ]
            return claims.map { [UInt8](JWT.sign(claims: $0, secret: secret)) } + texts.map { [UInt8]($0) }
        },
        body: { bytes in
            let now = Timestamp(milliseconds: 1_736_678_000_000)
            let text = String(decoding: bytes, as: UTF8.self)
            let parts = bytes.split(separator: 0x2E, maxSplits: 1)
            if let claims = try? JWT.verify(text, secret: secret, now: now) { checkToken(claims, now) }
            guard parts.count == 2 else { return }
            // With a valid signature: header and claims as any holder of the secret may write them.
            var token: [UInt8] = []
            Base64.encode(Array(parts[0]), as: .url, into: &token)
            token.append(0x2E)
            Base64.encode(Array(parts[1]), as: .url, into: &token)
            let code = HMACSHA256.authenticationCode(for: token, key: secret)
            token.append(0x2E)
            Base64.encode(code, as: .url, into: &token)
            let signed = String(decoding: token, as: UTF8.self)
            if let claims = try? JWT.verify(signed, secret: secret, now: now) { checkToken(claims, now) }
            expect((try? JWT.verify(signed, secret: [1], now: now)) == nil, "another secret verifies nothing")
        })

    private static let secret: [UInt8] = Array(0..<32)

    private static func checkToken(_ claims: JSONObject, _ now: Timestamp) {
        expect(
            (claims["exp"]?.doubleValue ?? 0) * 1000 >= Double(now.milliseconds), "a valid token has not expired")
        let again = JWT.sign(claims: claims, secret: secret)
        // Only claims that are too long for a token cannot be signed again.
        guard again.utf8.count <= JWT.bytesMax else { return }
        expect((try? JWT.verify(again, secret: secret, now: now)) == claims, "the claims can be signed again")
    }
}

extension [UInt8] {
    /// The index of the first byte that is no white space.
    fileprivate var firstIndexOfText: Int { firstIndex { $0 > 0x20 } ?? 0 }
}
