import CLinux

/// Looking for things in received bytes, without copies.
enum ByteScan {
    /// Where `pattern` begins at or behind `start`; nil where it is not.
    static func find(_ pattern: StaticString, in bytes: UnsafeRawBufferPointer, from start: Int = 0) -> Int? {
        guard let base = bytes.baseAddress, start >= 0, start < bytes.count else { return nil }
        let found = unsafe memmem(base + start, bytes.count - start, pattern.utf8Start, pattern.utf8CodeUnitCount)
        return unsafe found.map { unsafe UnsafeRawPointer($0) - base }
    }

    /// The decimal number whose digits begin at `start`, and where they end; 0 where there are none.
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

    /// Writes a number into `width` digits, zeros in front.
    @inline(__always)
    static func write(_ value: UInt64, width: Int, into bytes: UnsafeMutableRawBufferPointer, at start: Int) {
        var rest = value
        for place in stride(from: start + width - 1, through: start, by: -1) {
            unsafe bytes[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}

/// Where an HTTP message ends that has a `Content-Length`, or none and no content.
enum MessageScan {
    /// Bytes of the message at the start of `bytes`, and where its content begins; nil where it is not whole.
    ///
    /// Good for the messages of the two servers here, which write the field's name in the usual case.
    static func extent(of bytes: UnsafeRawBufferPointer) -> (content: Int, end: Int)? {
        guard let blank = unsafe ByteScan.find("\r\n\r\n", in: bytes) else { return nil }
        let head = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<blank])
        let name: StaticString = "\r\nContent-Length: "
        var length = 0
        if let field = unsafe ByteScan.find(name, in: head) {
            let digits = unsafe ByteScan.number(in: head, from: field + name.utf8CodeUnitCount)
            length = Int(truncatingIfNeeded: min(digits.value, 1 << 40))
        }
        let end = blank + 4 + length
        return end <= bytes.count ? (blank + 4, end) : nil
    }
}
