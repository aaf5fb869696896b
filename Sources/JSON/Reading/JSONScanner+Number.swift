import Bytes

/// Numbers (RFC 8259, section 6): integers are exact to 64 bits, all others become the nearest `Double`.
extension JSONScanner {
    /// Reads a number, whose first byte is a digit or a minus sign.
    mutating func number(_ bytes: Span<UInt8>) throws(JSONFault) -> JSONValue {
        let start = index
        let negative = bytes[index] == .minus
        if negative { index += 1 }
        var magnitude: UInt64? = try integerPart(bytes)
        if index < bytes.count && bytes[index] == .fullStop {
            magnitude = nil
            index += 1
            try digits(bytes)
        }
        if index < bytes.count && bytes[index] | 0x20 == 0x65 {
            magnitude = nil
            index += 1
            if index < bytes.count && (bytes[index] == .plus || bytes[index] == .minus) { index += 1 }
            try digits(bytes)
        }
        if let magnitude {
            if !negative { return JSONValue(magnitude) }
            // An integer zero has no sign, so `-0` becomes a double.
            if magnitude > 0 && magnitude <= Int64.min.magnitude {
                return .integer(Int64(truncatingIfNeeded: 0 &- magnitude))
            }
        }
        return .double(try double(bytes, start..<index))
    }

    /// Reads the digits before a fraction or exponent; nil if `UInt64` cannot hold their number.
    private mutating func integerPart(_ bytes: Span<UInt8>) throws(JSONFault) -> UInt64? {
        guard index < bytes.count, bytes[index].isASCIIDigit else { throw unexpected(bytes, .digit) }
        if bytes[index] == .digitZero {
            index += 1
            if index < bytes.count && bytes[index].isASCIIDigit {
                throw JSONFault(.leadingZero, at: index - 1, in: bytes)
            }
            return 0
        }
        var value: UInt64 = 0
        var fits = true
        while index < bytes.count {
            let digit = bytes[index] &- .digitZero
            guard digit < 10 else { break }
            index += 1
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            if overflow || carry { fits = false }
            value = sum
        }
        return fits ? value : nil
    }

    /// Skips one or more digits.
    private mutating func digits(_ bytes: Span<UInt8>) throws(JSONFault) {
        guard index < bytes.count, bytes[index].isASCIIDigit else { throw unexpected(bytes, .digit) }
        while index < bytes.count && bytes[index].isASCIIDigit { index += 1 }
    }

    /// The literal's value, rounded to nearest, ties to even. Too small becomes zero; too large is a fault.
    private func double(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(JSONFault) -> Double {
        let literal = unsafe bytes.extracting(range).withUnsafeBufferPointer {
            unsafe String(decoding: $0, as: UTF8.self)
        }
        guard let value = Double(literal), value.isFinite else {
            throw JSONFault(.numberOutOfRange, at: range.lowerBound, in: bytes)
        }
        return value
    }
}
