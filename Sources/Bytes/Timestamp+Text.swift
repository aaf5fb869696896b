/// The two text forms of a time: ISO 8601 with milliseconds (`2025-01-12T10:30:01.800Z`) for JSON, and IMF-fixdate
/// (`Sun, 12 Jan 2025 10:30:01 GMT`, RFC 9110, section 5.6.7) for HTTP.
extension Timestamp {
    private static let dayNames: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let monthNames: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The time as `2025-01-12T10:30:01.800Z`, clamped to the years 0000 to 9999.
    public var iso8601: String {
        var text: [UInt8] = []
        appendISO8601(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the 24 bytes of the ISO 8601 form.
    public func appendISO8601(to text: inout [UInt8]) {
        text.append(addingCapacity: 24) { appendISO8601(to: &$0) }
    }

    /// Appends the 24 bytes of the ISO 8601 form.
    ///
    /// - Precondition: `freeCapacity` is at least 24.
    public func appendISO8601(to text: inout OutputSpan<UInt8>) {
        let fields = CivilFields(self)
        // Appended in one copy: most responses have three or more timestamps.
        var form: InlineArray<24, UInt8> = [
            0, 0, 0, 0, 0x2D, 0, 0, 0x2D, 0, 0, 0x54, 0, 0, 0x3A, 0, 0, 0x3A, 0, 0, 0x2E, 0, 0, 0, 0x5A,
        ]
        Self.put(fields.year, 4, endingAt: 3, of: &form)
        Self.put(fields.month, 2, endingAt: 6, of: &form)
        Self.put(fields.day, 2, endingAt: 9, of: &form)
        Self.put(fields.hour, 2, endingAt: 12, of: &form)
        Self.put(fields.minute, 2, endingAt: 15, of: &form)
        Self.put(fields.second, 2, endingAt: 18, of: &form)
        Self.put(fields.millisecond, 3, endingAt: 22, of: &form)
        text.append(copying: form.span)
    }

    @inline(__always)
    private static func put(_ value: UInt64, _ digits: Int, endingAt end: Int, of form: inout InlineArray<24, UInt8>) {
        var rest = value
        for place in 0..<digits {
            form[end - place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// Appends the 29 bytes of the IMF-fixdate, clamped to the years 0000 to 9999.
    public func appendIMFFixdate(to text: inout [UInt8]) {
        let fields = CivilFields(self)
        text.append(addingCapacity: 48) { form in
            form.append(literal: Self.dayNames[fields.weekday])
            form.append(literal: ", ")
            form.append(decimal: fields.day, width: 2)
            form.append(0x20)
            form.append(literal: Self.monthNames[Int(fields.month) - 1])
            form.append(0x20)
            form.append(decimal: fields.year, width: 4)
            form.append(0x20)
            form.append(decimal: fields.hour, width: 2)
            form.append(0x3A)
            form.append(decimal: fields.minute, width: 2)
            form.append(0x3A)
            form.append(decimal: fields.second, width: 2)
            form.append(literal: " GMT")
        }
    }

    /// Reads `YYYY-MM-DDThh:mm:ss`, an optional fraction of 1 to 9 digits (truncated to milliseconds), and `Z`. Nil for
    /// anything else, including days that the month does not have.
    public init?(iso8601 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] == 0x54, bytes[13] == 0x3A,
            bytes[16] == 0x3A, bytes.last == 0x5A,
            let year = Decimal.parse(bytes[0..<4]), let month = Decimal.parse(bytes[5..<7]),
            let day = Decimal.parse(bytes[8..<10]), let hour = Decimal.parse(bytes[11..<13]),
            let minute = Decimal.parse(bytes[14..<16]), let second = Decimal.parse(bytes[17..<19]),
            (1...12).contains(month), hour < 24, minute < 60, second < 60,
            day >= 1, day <= CivilFields.days(inMonth: month, of: year)
        else { return nil }
        var millisecond: UInt64 = 0
        if bytes.count > 20 {
            guard bytes[19] == 0x2E, (22...30).contains(bytes.count) else { return nil }
            var digits = Array(bytes[20..<(bytes.count - 1)].prefix(3))
            while digits.count < 3 { digits.append(0x30) }
            guard bytes[20..<(bytes.count - 1)].allSatisfy(\.isASCIIDigit), let value = Decimal.parse(digits)
            else { return nil }
            millisecond = value
        }
        let days = CivilFields.dayNumber(year: Int64(year), month: Int64(month), day: Int64(day))
        let seconds = days * 86_400 + Int64(hour) * 3_600 + Int64(minute) * 60 + Int64(second)
        self.init(milliseconds: seconds * 1000 + Int64(millisecond))
    }
}

extension Timestamp {
    /// Reads an IMF-fixdate; the day of the week is not checked. Nil for anything else, including the obsolete forms of
    /// RFC 9110, section 5.6.7.
    public init?(imfFixdate text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 29, bytes[3] == 0x2C, bytes[25...].elementsEqual(" GMT".utf8),
            [4, 7, 11, 16].allSatisfy({ bytes[$0] == 0x20 }), let year = Decimal.parse(bytes[12..<16])
        else { return nil }
        self.init(day: bytes[5..<7], month: bytes[8..<11], year: year, time: bytes[17..<25])
    }

    /// Reads a time in any of the three forms that RFC 9110, section 5.6.7 asks recipients to accept; the day of the
    /// week is not checked. Nil for anything else.
    ///
    ///     Sun, 06 Nov 1994 08:49:37 GMT      IMF-fixdate
    ///     Sunday, 06-Nov-94 08:49:37 GMT     RFC 850
    ///     Sun Nov  6 08:49:37 1994           asctime
    ///
    /// - Parameter reference: the present time. A year of two digits that would be more than 50 years later is of the
    ///   century before.
    public init?(httpDate text: String, near reference: Timestamp) {
        if let time = Timestamp(imfFixdate: text) {
            self = time
            return
        }
        let bytes = Array(text.utf8)
        if bytes.count == 24, [3, 7, 10, 19].allSatisfy({ bytes[$0] == 0x20 }) {
            guard let year = Decimal.parse(bytes[20...]) else { return nil }
            self.init(day: bytes[8..<10].drop { $0 == 0x20 }, month: bytes[4..<7], year: year, time: bytes[11..<19])
            return
        }
        guard let comma = bytes.firstIndex(of: 0x2C), (6...9).contains(comma),
            bytes[..<comma].allSatisfy(\.isASCIILetter)
        else { return nil }
        let rest = Array(bytes[comma...])
        guard rest.count == 24, rest[1] == 0x20, rest[4] == 0x2D, rest[8] == 0x2D, rest[11] == 0x20,
            rest[20...].elementsEqual(" GMT".utf8), let short = Decimal.parse(rest[9..<11])
        else { return nil }
        let present = CivilFields(reference).year
        var year = present / 100 * 100 + short
        if year > present + 50 { year -= min(100, year) } else if year + 50 <= present { year += 100 }
        self.init(day: rest[2..<4], month: rest[5..<8], year: year, time: rest[12..<20])
    }

    /// Puts the parts of a date together; nil if there is no such time.
    private init?(day: ArraySlice<UInt8>, month: ArraySlice<UInt8>, year: UInt64, time: ArraySlice<UInt8>) {
        let time = Array(time)
        guard time[2] == 0x3A, time[5] == 0x3A, let day = Decimal.parse(day), let hour = Decimal.parse(time[..<2]),
            let minute = Decimal.parse(time[3..<5]), let second = Decimal.parse(time[6...]),
            let month = Self.monthNames.firstIndex(where: { month.elementsEqual($0.description.utf8) }),
            day >= 1, day <= CivilFields.days(inMonth: UInt64(month) + 1, of: year), hour < 24, minute < 60,
            // A leap second counts as the first second of the next minute.
            second <= 60
        else { return nil }
        let days = CivilFields.dayNumber(year: Int64(year), month: Int64(month) + 1, day: Int64(day))
        let seconds = days * 86_400 + Int64(hour) * 3_600 + Int64(minute) * 60 + Int64(second)
        self.init(milliseconds: seconds * 1000)
    }
}

/// A time split into the fields of the proleptic Gregorian calendar, clamped to the years 0000 to 9999.
private struct CivilFields {
    let year: UInt64
    let month: UInt64
    let day: UInt64
    let hour: UInt64
    let minute: UInt64
    let second: UInt64
    let millisecond: UInt64
    /// 0 is Sunday.
    let weekday: Int

    init(_ time: Timestamp) {
        let clamped = min(max(time.milliseconds, -62_167_219_200_000), 253_402_300_799_999)
        let days = clamped >= 0 ? clamped / 86_400_000 : (clamped - 86_399_999) / 86_400_000
        let rest = UInt64(clamped - days * 86_400_000)
        // Days are counted from 0000-03-01, so that the leap day ends a year. 400 years have 146,097 days.
        let shifted = days + 719_468
        let era = shifted >= 0 ? shifted / 146_097 : (shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let civilMonth = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = UInt64(max(0, yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)))
        month = UInt64(civilMonth)
        day = UInt64(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        hour = rest / 3_600_000
        minute = rest / 60_000 % 60
        second = rest / 1000 % 60
        millisecond = rest % 1000
        weekday = Int(((days + 4) % 7 + 7) % 7)
    }

    /// Days since 1970-01-01.
    static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let shiftedMonth = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func days(inMonth month: UInt64, of year: UInt64) -> UInt64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
