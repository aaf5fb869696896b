/// Finds a text in others, ignoring case.
///
/// Case is folded for ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic, one scalar to one of the same length in
/// UTF-8; everything else must be equal. So both texts are compared in place, without copies.
struct TextSearch {
    private let needle: [UInt8]

    init(_ text: String) {
        let bytes = Array(text.utf8)
        var folded: [UInt8] = []
        folded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let step = Self.fold(bytes.span, index)
            folded.append(step.first)
            if step.count == 2 { folded.append(step.second) }
            index += step.count
        }
        needle = folded
    }

    /// Whether `text` contains the text that is searched for. O(n · m), and O(n) for what people write.
    func isFound(in text: String) -> Bool {
        guard let first = needle.first else { return true }
        let bytes = text.utf8Span.span
        guard bytes.count >= needle.count else { return false }
        for start in 0...(bytes.count - needle.count) {
            // Folding keeps the lead byte of a two-byte scalar or moves it by one, except in Latin Extended-A, whose
            // pairs share it. So only ASCII can be skipped by the first byte alone.
            let byte = bytes[start]
            if byte < 0x80 && Self.lowercased(byte) != first { continue }
            if byte & 0xC0 == 0x80 && first & 0xC0 != 0x80 { continue }
            if matches(bytes, start) { return true }
        }
        return false
    }

    private func matches(_ bytes: Span<UInt8>, _ start: Int) -> Bool {
        var index = 0
        while index < needle.count {
            guard start + index < bytes.count else { return false }
            let step = Self.fold(bytes, start + index)
            guard step.first == needle[index] else { return false }
            if step.count == 2 {
                guard index + 1 < needle.count, step.second == needle[index + 1] else { return false }
            }
            index += step.count
        }
        return true
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    /// The one or two bytes at `index`, folded. Bytes of longer scalars stand for themselves.
    private static func fold(_ bytes: Span<UInt8>, _ index: Int) -> (first: UInt8, second: UInt8, count: Int) {
        let first = bytes[index]
        if first < 0x80 { return (lowercased(first), 0, 1) }
        guard (0xC3...0xD1).contains(first), index + 1 < bytes.count else { return (first, 0, 1) }
        let scalar = lowercased(UInt32(first & 0x1F) << 6 | UInt32(bytes[index + 1] & 0x3F))
        return (0xC0 | UInt8(truncatingIfNeeded: scalar >> 6), 0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F), 2)
    }

    /// The lowercase letter of an uppercase one from U+00C0 to U+045F.
    private static func lowercased(_ scalar: UInt32) -> UInt32 {
        switch scalar {
        case 0xD7, 0x130, 0x138: scalar
        case 0xC0...0xDE: scalar + 0x20
        case 0x100...0x137, 0x14A...0x177: scalar | 1
        case 0x139...0x148, 0x179...0x17E: scalar % 2 == 1 ? scalar + 1 : scalar
        case 0x178: 0xFF
        case 0x386: 0x3AC
        case 0x388...0x38A: scalar + 0x25
        case 0x38C: 0x3CC
        case 0x38E, 0x38F: scalar + 0x3F
        case 0x391...0x3A1, 0x3A3...0x3AB: scalar + 0x20
        case 0x3C2: 0x3C3
        case 0x400...0x40F: scalar + 0x50
        case 0x410...0x42F: scalar + 0x20
        default: scalar
        }
    }
}
