/// Addresses as text: `192.0.2.1`, `2001:db8::1`.
extension IPAddress: CustomStringConvertible {
    /// The longest text of an address: an IPv6 address that ends in an IPv4 address.
    static let textBytesMax = 45

    /// Reads an IPv4 address in four decimal parts, or an IPv6 address without brackets, zone or prefix length. Nil for
    /// anything else.
    public init?(text: some StringProtocol) { self.init(ascii: Array(text.utf8.prefix(Self.textBytesMax + 1))) }

    /// Reads an address from ASCII bytes, by the same rules.
    public init?(ascii text: some Collection<UInt8>) {
        guard text.count <= Self.textBytesMax else { return nil }
        guard let address = text.contains(0x3A) ? Self.ipv6(Array(text)) : Self.ipv4(text) else { return nil }
        self = address
    }

    /// The address in the canonical form of RFC 5952: lower case, no leading zeros, `::` for the longest run of at
    /// least two zero groups (the first one if several are equally long), and IPv4-mapped addresses with their IPv4
    /// part in decimal.
    public var description: String {
        switch self {
        case .ipv4(let value): return Self.text(ofIPv4: value)
        case .ipv6(0, let low) where low >> 32 == 0xFFFF:
            return "::ffff:\(Self.text(ofIPv4: UInt32(truncatingIfNeeded: low)))"
        case .ipv6(let high, let low):
            let groups = [high, low].flatMap { half in
                [48, 32, 16, 0].map { (shift: UInt64) in UInt16(truncatingIfNeeded: half >> shift) }
            }
            let gap = Self.longestZeroRun(groups)
            guard gap.count >= 2 else { return Self.text(ofGroups: groups[...]) }
            let head = Self.text(ofGroups: groups[..<gap.lowerBound])
            return "\(head)::\(Self.text(ofGroups: groups[gap.upperBound...]))"
        }
    }

    // MARK: - Reading

    /// Four decimal parts from 0 to 255, without leading zeros, which some parsers read as octal.
    private static func ipv4(_ text: some Collection<UInt8>) -> IPAddress? {
        let parts = text.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard part.count <= 3, part.count == 1 || part.first != 0x30, let number = Decimal.parse(part),
                let byte = UInt8(exactly: number)
            else { return nil }
            value = value << 8 | UInt32(byte)
        }
        return .ipv4(value)
    }

    /// RFC 4291, section 2.2: eight groups of up to four hexadecimal digits. One `::` may replace one or more zero
    /// groups, and the last two groups may be an IPv4 address.
    private static func ipv6(_ text: [UInt8]) -> IPAddress? {
        var head = text[...]
        var tail: ArraySlice<UInt8>?
        if let gap = text.indices.dropLast().first(where: { text[$0] == 0x3A && text[$0 + 1] == 0x3A }) {
            head = text[..<gap]
            tail = text[(gap + 2)...]
        }
        guard let first = groups(head, mayEndInIPv4: tail == nil) else { return nil }
        guard let tail else { return first.count == 8 ? address(first) : nil }
        guard let last = groups(tail, mayEndInIPv4: true), first.count + last.count <= 7 else { return nil }
        return address(first + Array(repeating: 0, count: 8 - first.count - last.count) + last)
    }

    private static func groups(_ text: ArraySlice<UInt8>, mayEndInIPv4: Bool) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: 0x3A, omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if mayEndInIPv4, index == parts.count - 1, case .ipv4(let value)? = ipv4(part) {
                groups.append(UInt16(truncatingIfNeeded: value >> 16))
                groups.append(UInt16(truncatingIfNeeded: value))
                continue
            }
            guard (1...4).contains(part.count) else { return nil }
            var group: UInt16 = 0
            for byte in part {
                guard let digit = byte.hexDigitValue else { return nil }
                group = group << 4 | UInt16(digit)
            }
            groups.append(group)
        }
        return groups
    }

    /// - Precondition: `groups.count == 8`.
    private static func address(_ groups: [UInt16]) -> IPAddress {
        .ipv6(
            high: groups[..<4].reduce(0) { $0 << 16 | UInt64($1) },
            low: groups[4...].reduce(0) { $0 << 16 | UInt64($1) })
    }

    // MARK: - Writing

    private static func text(ofIPv4 value: UInt32) -> String {
        "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
    }

    private static func text(ofGroups groups: ArraySlice<UInt16>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }

    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for (index, group) in groups.enumerated() {
            if group != 0 {
                start = index + 1
            } else if index + 1 - start > longest.count {
                longest = start..<(index + 1)
            }
        }
        return longest
    }
}
