import CLinux

/// Searches received bytes without copying them.
enum ByteScan {
    /// Where `pattern` first begins, at `start` or later; nil if it does not occur.
    static func find(_ pattern: StaticString, in bytes: UnsafeRawBufferPointer, from start: Int = 0) -> Int? {
        guard let base = bytes.baseAddress, start >= 0, start < bytes.count else { return nil }
        let found = unsafe memmem(base + start, bytes.count - start, pattern.utf8Start, pattern.utf8CodeUnitCount)
        return unsafe found.map { unsafe UnsafeRawPointer($0) - base }
    }

    /// The decimal number whose digits begin at `start`, and where they end; 0 if there are no digits.
    @inline(__always)
    static func number(in bytes: UnsafeRawBufferPointer, from start: Int) -> (value: UInt64, end: Int) {
        var value: UInt64 = 0
        var place = start
        while place < bytes.count {
            let digit = unsafe bytes[place] &- 0x30
            guard digit < 10 else { break }
            value = value &* 10 &+ UInt64(digit)
            place += 1
        }
        return (value, place)
    }

    /// Writes a number as `width` digits, with leading zeros.
    @inline(__always)
    static func write(_ value: UInt64, width: Int, into bytes: UnsafeMutableRawBufferPointer, at start: Int) {
        var rest = value
        for place in stride(from: start + width - 1, through: start, by: -1) {
            unsafe bytes[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}

/// Finds the end of an HTTP message that has a `Content-Length`, or no content.
enum MessageScan {
    /// Where the content of the message at the start of `bytes` begins, and where the message ends; nil if it is
    /// incomplete.
    static func extent(of bytes: UnsafeRawBufferPointer) -> (content: Int, end: Int)? {
        guard let announced = unsafe announcedExtent(of: bytes), announced.end <= bytes.count else { return nil }
        return announced
    }

    /// The same as soon as the head is complete, even if the content is not there yet.
    ///
    /// This serves for the two servers here, which both write the field's name in the usual case.
    static func announcedExtent(of bytes: UnsafeRawBufferPointer) -> (content: Int, end: Int)? {
        guard let blank = unsafe ByteScan.find("\r\n\r\n", in: bytes) else { return nil }
        let head = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<blank])
        let name: StaticString = "\r\nContent-Length: "
        var length = 0
        if let field = unsafe ByteScan.find(name, in: head) {
            let digits = unsafe ByteScan.number(in: head, from: field + name.utf8CodeUnitCount)
            length = Int(truncatingIfNeeded: min(digits.value, 1 << 40))
        }
        return (blank + 4, blank + 4 + length)
    }
}
