import Bytes

/// `uri-host [ ":" port ]`: the value of Host and the authority of a target (RFC 9110, section 7.2; RFC 3986, section
/// 3.2.2).
///
/// An empty host is refused, because an http URI never has one (RFC 9110, section 4.2.1). So is a comma: no real host
/// contains one, but two Host lines joined by an intermediary do.
enum HostGrammar {
    static func isValid(_ bytes: Span<UInt8>) -> Bool {
        var end = 0
        if bytes.count > 0 && bytes[0] == 0x5B {
            while end < bytes.count && bytes[end] != 0x5D { end += 1 }
            guard end < bytes.count, isAddress(bytes.extracting(1..<end)) else { return false }
            end += 1
        } else {
            while end < bytes.count && bytes[end] != 0x3A { end += 1 }
            guard isRegisteredName(bytes.extracting(0..<end)) else { return false }
        }
        return end == bytes.count || (bytes[end] == 0x3A && isPort(bytes.extracting((end + 1)..<bytes.count)))
    }

    /// Whether the text between brackets looks like an IPv6 address. Later address versions are refused: none can be
    /// ours.
    private static func isAddress(_ bytes: Span<UInt8>) -> Bool {
        guard (2...45).contains(bytes.count) else { return false }
        var colons = 0
        for index in 0..<bytes.count {
            guard bytes[index].hexDigitValue != nil || bytes[index] == 0x3A || bytes[index] == 0x2E else {
                return false
            }
            if bytes[index] == 0x3A { colons += 1 }
        }
        return (2...7).contains(colons)
    }

    private static func isRegisteredName(_ bytes: Span<UInt8>) -> Bool {
        guard (1...255).contains(bytes.count) else { return false }
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x25 {
                guard bytes.count - index > 2, bytes[index + 1].hexDigitValue != nil,
                    bytes[index + 2].hexDigitValue != nil
                else { return false }
                index += 3
            } else {
                guard bytes[index].isRegisteredName, bytes[index] != 0x2C else { return false }
                index += 1
            }
        }
        return true
    }

    /// Whether the port is a number up to 65535, or empty, as RFC 3986, section 3.2.3 allows.
    private static func isPort(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count <= 5 else { return false }
        var port = 0
        for index in 0..<bytes.count {
            guard bytes[index].isASCIIDigit else { return false }
            port = port * 10 + Int(bytes[index] - 0x30)
        }
        return port <= 65_535
    }
}
