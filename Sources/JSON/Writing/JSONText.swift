import Bytes

/// Writes JSON strings.
enum JSONText {
    /// Appends UTF-8 between quotation marks, escaped; in one step if nothing needs an escape.
    static func append(quoted text: Span<UInt8>, to bytes: inout [UInt8]) {
        guard needsEscapes(text) else {
            return bytes.append(addingCapacity: text.count + 2) { append(quotedVerbatim: text, to: &$0) }
        }
        bytes.append(.quotationMark)
        append(escaped: text, to: &bytes)
        bytes.append(.quotationMark)
    }

    /// Appends UTF-8 that needs no escapes between quotation marks.
    static func append(quotedVerbatim text: Span<UInt8>, to output: inout OutputSpan<UInt8>) {
        output.append(.quotationMark)
        output.append(copying: text)
        output.append(.quotationMark)
    }

    static func needsEscapes(_ text: Span<UInt8>) -> Bool {
        text.firstIndex(of: .quotationMark, or: .backslash, orBelow: .space, from: 0) != nil
    }

    /// Appends UTF-8 with quotation marks, backslashes and control characters escaped, by their short escapes where
    /// they have one.
    private static func append(escaped text: Span<UInt8>, to bytes: inout [UInt8]) {
        var start = 0
        while let index = text.firstIndex(of: .quotationMark, or: .backslash, orBelow: .space, from: start) {
            bytes.append(text.extracting(start..<index))
            append(escape: text[index], to: &bytes)
            start = index + 1
        }
        bytes.append(text.extracting(start...))
    }

    private static func append(escape byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(.backslash)
        switch byte {
        case .quotationMark, .backslash: bytes.append(byte)
        case 0x08: bytes.append(0x62)
        case 0x0C: bytes.append(0x66)
        case .lineFeed: bytes.append(0x6E)
        case .carriageReturn: bytes.append(0x72)
        case .tab: bytes.append(0x74)
        default:
            let low = byte & 15
            bytes.append(literal: byte < 16 ? "u000" : "u001")
            bytes.append(low < 10 ? 0x30 + low : 0x57 + low)
        }
    }
}
