import Bytes
import Domain
import HTTP

extension FuzzMachine {
    /// The small readers of text that the others use.
    static let texts = FuzzMachine(
        "texts", bytesMax: 128,
        words: [
            "2025-01-12T10:30:01.800Z", "Sun, 12 Jan 2025 10:30:01 GMT", "::ffff:192.0.2.1", "fe80::1", "%C3%A9", "+",
            "AQIDBA==", "-_",
            "0a0B", "18446744073709551615", "&", "=", "W/\"a\"",
        ],
        seeds: {
            [
                "2025-01-12T10:30:01.800Z", "9999-12-31T23:59:60+23:59", "0000-00-00T00:00:00Z",
                "Sun, 12 Jan 2025 10:30:01 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                "Thu, 29 Feb 1900 24:60:61 GMT", "192.0.2.1", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8", "::", "1::2::3",
                "a=b&c=%64+&&=",
                "AQIDBA==", "AQ-_", "0aFf", "18446744073709551616", "e-1-9223372036854775807", "\u{10FFFF}é",
                "user@example.com",
                "\"a\", W/\"b\",,\"\"", "%", "%4",
            ].map { [UInt8]($0) } + [
                [0xF4, 0x90, 0x80, 0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98],
            ]
        },
        body: { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            checkTimes(text)
            checkUTF8(bytes)
            checkBase64(bytes)
            if let address = IPAddress(ascii: bytes) {
                expect(IPAddress(text: address.description) == address, "an address survives writing and reading")
                expect(IPAddress(bytes: address.bytes) == address, "an address survives as bytes")
                _ = (address.isUnicast, address.isLoopback, address.unmapped)
            }
            if let raw = Hex.decode(bytes) {
                expect(ASCII.lowercased(text) == Hex.encode(raw), "hexadecimal survives reading and writing")
            }
            if let number = Decimal.parse(bytes) { expect(UInt64(text) == number, "Swift reads the same number") }
            if let query = HTTPQuery(parsing: bytes.span) {
                expect(HTTPQuery(parsing: query.encoded) == query, "a query survives writing and reading")
            }
            if let decoded = PercentCoding.decode(bytes.span, plusIsSpace: true) {
                expect(PercentCoding.decode(PercentCoding.encode(decoded)) == decoded, "escapes survive")
            }
            _ = Spelling.nearest(to: text, among: ["listen", "data", "station", "limits"])
            if let id = NotificationID(text) { expect(NotificationID(id.text) == id, "an id survives") }
            let fields: HTTPFields = ["If-Match": text, "If-None-Match": text, "Connection": text]
            _ = ConditionalRequest.evaluate(fields, method: .patch, current: EntityTag("a"))
            _ = fields.contains(token: "close", in: "Connection")
        })

    private static func checkTimes(_ text: String) {
        if let time = Timestamp(iso8601: text) {
            expect(Timestamp(iso8601: time.iso8601) == time, "a time survives writing and reading: \(time.iso8601)")
        }
        if let time = Timestamp(httpDate: text, near: Timestamp(milliseconds: 1_790_000_000_000)) {
            var again: [UInt8] = []
            time.appendIMFFixdate(to: &again)
            expect(
                Timestamp(imfFixdate: String(decoding: again, as: UTF8.self)) == time,
                "a date survives writing and reading")
        }
    }

    private static func checkUTF8(_ bytes: [UInt8]) {
        var whole = UTF8Validator()
        let isValid = whole.accept(bytes.span) && whole.isComplete
        expect(isValid == (String(validating: bytes, as: UTF8.self) != nil), "Swift finds the same bytes valid")
        var single = UTF8Validator()
        expect(
            isValid == (bytes.allSatisfy { single.accept($0) } && single.isComplete),
            "the result is the same byte by byte")
    }

    private static func checkBase64(_ bytes: [UInt8]) {
        for form in [Base64.Form.standard, .url] {
            expect(
                Base64.decode(Array(Base64.encode(bytes, as: form).utf8), as: form) == bytes,
                "bytes survive encoding and decoding")
            guard let decoded = Base64.decode(bytes, as: form) else { continue }
            expect(decoded.count <= bytes.count, "decoded bytes are no more than encoded ones")
            expect(
                Base64.decode(Array(Base64.encode(decoded, as: form).utf8), as: form) == decoded,
                "decoded bytes survive encoding and decoding")
        }
    }
}
