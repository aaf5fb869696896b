import Bytes

/// Strings (RFC 8259, section 7), read run by run; a run is the text between two escapes.
extension JSONScanner {
    /// Reads a string from its opening to its closing quotation mark.
    mutating func string(_ bytes: Span<UInt8>) throws(JSONFault) -> String {
        let start = index
        index += 1
        let first = try run(bytes, of: start)
        if bytes[index] == .quotationMark {
            index += 1
            return try text(bytes, first)
        }
        scratch.removeAll(keepingCapacity: true)
        try appendRun(bytes, first)
        while true {
            try appendEscape(bytes, of: start)
            let next = try run(bytes, of: start)
            try appendRun(bytes, next)
            if bytes[index] == .quotationMark { break }
        }
        index += 1
        return String(decoding: scratch, as: UTF8.self)
    }

    /// Moves to the next quotation mark or backslash. Returns the range before it.
    private mutating func run(_ bytes: Span<UInt8>, of string: Int) throws(JSONFault) -> Range<Int> {
        let start = index
        let place =
            bytes.firstIndex(of: .quotationMark, or: .backslash, orBelow: .space, from: start) ?? bytes.count
        index = place
        // An encoding fault in the run is reported before the fault that ended it.
        guard place < bytes.count else {
            try validate(bytes, start..<place)
            throw JSONFault(.unterminatedString, at: string, in: bytes)
        }
        if bytes[place] < .space {
            try validate(bytes, start..<place)
            throw JSONFault(.controlCharacter(bytes[place]), at: place, in: bytes)
        }
        return start..<place
    }

    private func text(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(JSONFault) -> String {
        do {
            return String(copying: try UTF8Span(validating: bytes.extracting(range)))
        } catch {
            throw JSONFault(.invalidUTF8, at: range.lowerBound + error.byteOffsets.lowerBound, in: bytes)
        }
    }

    private mutating func appendRun(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(JSONFault) {
        try validate(bytes, range)
        scratch.append(bytes.extracting(range))
    }

    /// Decodes the escape at the backslash here.
    private mutating func appendEscape(_ bytes: Span<UInt8>, of string: Int) throws(JSONFault) {
        let start = index
        guard start + 1 < bytes.count else { throw JSONFault(.unterminatedString, at: string, in: bytes) }
        index += 2
        switch bytes[start + 1] {
        case .quotationMark: scratch.append(.quotationMark)
        case .backslash: scratch.append(.backslash)
        case .slash: scratch.append(.slash)
        case 0x62: scratch.append(0x08)
        case 0x66: scratch.append(0x0C)
        case 0x6E: scratch.append(.lineFeed)
        case 0x72: scratch.append(.carriageReturn)
        case 0x74: scratch.append(.tab)
        case 0x75: try appendScalar(bytes, from: start)
        default: throw JSONFault(.invalidEscape, at: start, in: bytes)
        }
    }

    /// Decodes the four digits of the `\u` escape at `start`, and the next escape too if this is a high surrogate.
    private mutating func appendScalar(_ bytes: Span<UInt8>, from start: Int) throws(JSONFault) {
        let unit = try codeUnit(bytes, from: start)
        switch unit {
        case 0xD800...0xDBFF:
            let second = index
            guard second + 1 < bytes.count, bytes[second] == .backslash, bytes[second + 1] == 0x75 else {
                throw JSONFault(.loneSurrogate, at: start, in: bytes)
            }
            index += 2
            let partner = try codeUnit(bytes, from: second)
            guard (0xDC00...0xDFFF).contains(partner) else { throw JSONFault(.loneSurrogate, at: start, in: bytes) }
            appendUTF8(0x10000 + (unit - 0xD800) << 10 + (partner - 0xDC00))
        case 0xDC00...0xDFFF: throw JSONFault(.loneSurrogate, at: start, in: bytes)
        default: appendUTF8(unit)
        }
    }

    private mutating func codeUnit(_ bytes: Span<UInt8>, from start: Int) throws(JSONFault) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard index < bytes.count, let digit = bytes[index].hexDigitValue else {
                throw JSONFault(.invalidEscape, at: start, in: bytes)
            }
            unit = unit << 4 | UInt32(digit)
            index += 1
        }
        return unit
    }

    /// Appends a scalar in UTF-8; it must not be a surrogate or above U+10FFFF.
    private mutating func appendUTF8(_ scalar: UInt32) {
        func continuation(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: scalar >> shift & 0x3F) }
        switch scalar {
        case ..<0x80: scratch.append(UInt8(truncatingIfNeeded: scalar))
        case ..<0x800:
            scratch.append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
            scratch.append(continuation(0))
        case ..<0x10000:
            scratch.append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
            scratch.append(continuation(6))
            scratch.append(continuation(0))
        default:
            scratch.append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
            scratch.append(continuation(12))
            scratch.append(continuation(6))
            scratch.append(continuation(0))
        }
    }
}
