import Bytes
import Foundation
import Generators
import Testing

@Suite struct TimestampTextTests {
    private func fixdate(_ time: Timestamp) -> String {
        var text: [UInt8] = []
        time.appendIMFFixdate(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    @Test func `both text forms are written`() {
        let table: [(Int64, String, String)] = [
            (0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_736_677_801_800, "2025-01-12T10:30:01.800Z", "Sun, 12 Jan 2025 10:30:01 GMT"),
            // RFC 9110, section 5.6.7.
            (784_111_777_000, "1994-11-06T08:49:37.000Z", "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z", "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z", "Tue, 29 Feb 2000 00:00:00 GMT"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z", "Wed, 01 Mar 2000 00:00:00 GMT"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z", "Mon, 01 Mar 2100 00:00:00 GMT"),
            (-1, "1969-12-31T23:59:59.999Z", "Wed, 31 Dec 1969 23:59:59 GMT"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z", "Sat, 01 Jan 0000 00:00:00 GMT"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 GMT"),
        ]
        for (milliseconds, iso, imf) in table {
            let time = Timestamp(milliseconds: milliseconds)
            #expect(time.iso8601 == iso)
            #expect(fixdate(time) == imf)
            #expect(Timestamp(iso8601: iso) == time)
        }
    }

    @Test func `times outside the years 0000 to 9999 are clamped`() {
        #expect(Timestamp(milliseconds: .max).iso8601 == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: .min).iso8601 == "0000-01-01T00:00:00.000Z")
    }

    @Test func `both text forms agree with Foundation`() throws {
        var random = RepeatableGenerator.announced("TimestampTextTests")
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = calendar.timeZone
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        for _ in 0..<3000 {
            // From the year 1600: before 1582, Foundation uses the Julian calendar.
            let time = Timestamp(
                milliseconds: Int64.random(in: -11_676_096_000_000...253_402_300_799_999, using: &random))
            let date = Date(timeIntervalSince1970: Double(time.seconds))
            #expect(fixdate(time) == formatter.string(from: date))
            let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
            let expected = String(
                format: "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0,
                parts.hour ?? 0, parts.minute ?? 0, parts.second ?? 0, Int(time.milliseconds - time.seconds * 1000))
            #expect(time.iso8601 == expected)
            #expect(Timestamp(iso8601: expected) == time)
        }
    }

    @Test func `fractions of one to nine digits are truncated to milliseconds`() {
        let table: [(String, Int64)] = [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:01Z", 1000), ("1970-01-01T00:00:00.5Z", 500),
            ("1970-01-01T00:00:00.05Z", 50),
            ("1970-01-01T00:00:00.005Z", 5), ("1970-01-01T00:00:00.0059Z", 5), ("1970-01-01T00:00:00.999999999Z", 999),
            ("1969-12-31T23:59:59.999Z", -1), ("2024-02-29T12:00:00Z", 1_709_208_000_000),
            ("2000-02-29T00:00:00Z", 951_782_400_000),
        ]
        for (text, milliseconds) in table { #expect(Timestamp(iso8601: text)?.milliseconds == milliseconds, "\(text)") }
    }

    @Test func `malformed ISO 8601 times are refused`() {
        for text in [
            "", "Z", "1970-01-01", "1970-01-01T00:00Z", "1970-01-01T00:00:00", "1970-01-01T00:00:00.Z",
            "1970-01-01T00:00:00.0000000000Z",
            "1970-01-01T00:00:00,5Z", "1970-01-01T00:00:00.5", "1970-01-01T00:00:00.5z", "1970-01-01t00:00:00Z",
            "1970-01-01 00:00:00Z",
            "1970-01-01T00:00:00+00:00", "1970-01-01T00:00:00.000+00", "1970-1-01T00:00:00Z0", "70-01-01T00:00:00.00Z",
            "1970-00-01T00:00:00Z",
            "1970-13-01T00:00:00Z", "1970-01-00T00:00:00Z", "1970-01-32T00:00:00Z", "1970-04-31T00:00:00Z",
            "1970-06-31T00:00:00Z",
            "1970-09-31T00:00:00Z", "1970-11-31T00:00:00Z", "2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
            "2024-02-30T00:00:00Z",
            "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z", "1970-01-01T-1:00:00Z",
            "+970-01-01T00:00:00Z",
            "1970-01-01T00:00:00.1x3Z", "1970-01-01T00:00:00.123456xZ", "1970/01/01T00:00:00Z", "1970-01-01T00.00.00Z",
            " 1970-01-01T00:00:00Z",
            "1970-01-01T00:00:00Z ", "1970-01-01T00:00:00ZZ", "1970-01-01T00:00:00é", "１970-01-01T00:00:00Z",
            "1970-01-01T00:00:00\0Z",
        ] {
            #expect(Timestamp(iso8601: text) == nil, "\(text)")
        }
    }

    @Test func `an IMF-fixdate reads back`() {
        for seconds in [0, 951_782_400, 1_736_677_801, 4_102_444_799, 253_402_300_799] as [Int64] {
            let time = Timestamp(milliseconds: seconds * 1000)
            var text: [UInt8] = []
            time.appendIMFFixdate(to: &text)
            #expect(Timestamp(imfFixdate: String(decoding: text, as: UTF8.self)) == time)
        }
        // A leap second counts as the first second of the next minute.
        #expect(Timestamp(imfFixdate: "Sat, 31 Dec 2016 23:59:60 GMT")?.iso8601 == "2017-01-01T00:00:00.000Z")
    }

    /// The forms of RFC 9110, section 5.6.7.
    @Test func `all three forms of an HTTP date are read`() {
        let reference = Timestamp(milliseconds: 1_790_000_000_000)
        let table = [
            ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"),
            ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37.000Z"),
            ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37.000Z"),
            ("Wed Oct 21 07:28:00 2026", "2026-10-21T07:28:00.000Z"),
            ("Wednesday, 21-Oct-26 07:28:00 GMT", "2026-10-21T07:28:00.000Z"),
            // 2026 and fifty years; a year later it is of the last century.
            ("Wednesday, 21-Oct-76 07:28:00 GMT", "2076-10-21T07:28:00.000Z"),
            ("Wednesday, 21-Oct-77 07:28:00 GMT", "1977-10-21T07:28:00.000Z"),
            ("Saturday, 31-Dec-16 23:59:60 GMT", "2017-01-01T00:00:00.000Z"),
        ]
        for (text, iso) in table {
            #expect(Timestamp(httpDate: text, near: reference)?.iso8601 == iso, "\(text)")
        }
        let century = Timestamp(iso8601: "1999-06-01T00:00:00Z") ?? reference
        #expect(Timestamp(httpDate: "Monday, 01-Jan-05 00:00:00 GMT", near: century)?.iso8601.hasPrefix("2005") == true)
        #expect(Timestamp(httpDate: "Monday, 01-Jan-70 00:00:00 GMT", near: century)?.iso8601.hasPrefix("1970") == true)
        for near in [Int64.min, Int64.max, 0] {
            let date = Timestamp(httpDate: "Monday, 01-Jan-99 00:00:00 GMT", near: Timestamp(milliseconds: near))
            #expect(date != nil)
        }
    }

    @Test func `malformed HTTP dates are refused, cut at any place or with any byte changed`() {
        let reference = Timestamp(milliseconds: 1_790_000_000_000)
        let forms = [
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        ]
        for form in forms {
            for length in 0..<form.utf8.count {
                #expect(
                    Timestamp(httpDate: String(form.prefix(length)), near: reference) == nil, "\(length) of \(form)")
            }
            for place in form.utf8.indices {
                for byte in [0x00, 0x20, 0x30, 0x39, 0x3A, 0xFF] as [UInt8] {
                    var bytes = Array(form.utf8)
                    bytes[form.utf8.distance(from: form.utf8.startIndex, to: place)] = byte
                    _ = Timestamp(httpDate: String(decoding: bytes, as: UTF8.self), near: reference)
                }
            }
        }
        for text in [
            "Sunday, 31-Feb-94 08:49:37 GMT", "Sunday, 06-Nov-94 24:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 UTC",
            "Sunday, 6-Nov-94 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun Nov 32 08:49:37 1994",
            "Sun Nov  0 08:49:37 1994", "Sun Nov 6  08:49:37 1994", "Sun nov  6 08:49:37 1994",
        ] {
            #expect(Timestamp(httpDate: text, near: reference) == nil, "\(text)")
        }
    }

    @Test func `malformed IMF-fixdates are refused`() {
        for text in [
            "", "now", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 29 Feb 1900 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMé", "Sun, -6 Nov 1994 08:49:37 GMT", "Sun,\t06 Nov 1994 08:49:37 GMT",
        ] {
            #expect(Timestamp(imfFixdate: text) == nil, "\(text)")
        }
    }
}
