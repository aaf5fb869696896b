import Bytes

/// What proxies have noted in a request about the addresses that it came from: `X-Forwarded-For`, and `Forwarded`
/// (RFC 7239). Each proxy adds the address that it was connected from at the end. Only what trusted proxies have added
/// means anything; the rest is the client's own text.
extension HTTPFields {
    /// The addresses of `X-Forwarded-For`, the last one first; nil stands for one that is hidden or malformed. Nil if
    /// there is no such field.
    ///
    /// Commas always separate: the field has no quoted strings, so nothing in front hides what a proxy has added.
    public func forwardedFor() -> [IPAddress?]? {
        var found: [IPAddress?]?
        for line in lines where isNamed(line, "x-forwarded-for") {
            let members = storage[line.value].split(separator: 0x2C)
            found = (found ?? []) + members.map { ForwardedNode.address(Self.trimmed($0)) }
        }
        return found?.reversed()
    }

    /// The addresses of the `for` parameters of `Forwarded`, the last one first; nil stands for one that is hidden or
    /// missing, and for a line that is malformed. Nil if there is no such field.
    public func forwarded() -> [IPAddress?]? {
        var found: [IPAddress?]?
        for line in lines where isNamed(line, "forwarded") {
            var reader = ForwardedReader(storage[line.value])
            found = (found ?? []) + (reader.addresses() ?? [nil])
        }
        return found?.reversed()
    }

    private func isNamed(_ line: FieldLine, _ lowercase: StaticString) -> Bool {
        storage.span.extracting(line.name).spellsIgnoringCase(lowercase)
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}

/// The node of a proxy or client (RFC 7239, section 6): an address, perhaps with a port.
enum ForwardedNode {
    /// The address; nil for `unknown`, an obfuscated identifier, an address that no client can have, and anything else.
    ///
    /// IPv6 is in brackets, or bare without a port, as many proxies write it in `X-Forwarded-For`.
    static func address(_ text: some Collection<UInt8>) -> IPAddress? {
        let text = Array(text)
        var host = text[...]
        if text.first == 0x5B {
            guard let end = text.firstIndex(of: 0x5D), isPortOrNothing(text[(end + 1)...]) else { return nil }
            host = text[1..<end]
            guard host.contains(0x3A) else { return nil }
        } else if text.filter({ $0 == 0x3A }).count == 1, let colon = text.firstIndex(of: 0x3A) {
            guard isPortOrNothing(text[colon...]) else { return nil }
            host = text[..<colon]
        }
        guard let address = IPAddress(ascii: host)?.unmapped, address.isUnicast else { return nil }
        return address
    }

    /// `:` and one to five digits, or an obfuscated port.
    private static func isPortOrNothing(_ text: ArraySlice<UInt8>) -> Bool {
        guard !text.isEmpty else { return true }
        let port = text.dropFirst()
        guard text.first == 0x3A, let first = port.first else { return false }
        if first == 0x5F { return port.count > 1 && port.allSatisfy { $0.isToken } }
        return port.count <= 5 && port.allSatisfy(\.isASCIIDigit)
    }
}

/// Reads a line of `Forwarded`: elements with commas between them, each of pairs with semicolons between them, each of
/// a token, `=`, and a token or a quoted string (RFC 7239, section 4).
///
/// A line that breaks this grammar is refused as a whole: an opening quote in what a client sent would otherwise hide
/// what a proxy has added. Colons and brackets are accepted outside quotes, where some proxies write them.
private struct ForwardedReader {
    private let text: ArraySlice<UInt8>
    private var index: Int

    init(_ text: ArraySlice<UInt8>) {
        self.text = text
        index = text.startIndex
    }

    /// The address of each element, nil for one without; nil if the line is malformed.
    mutating func addresses() -> [IPAddress?]? {
        var found: [IPAddress?] = []
        while true {
            skipWhitespace()
            // Empty elements are allowed (RFC 9110, section 5.6.1.2).
            if next != nil, next != 0x2C {
                guard let address = element() else { return nil }
                found.append(address)
                skipWhitespace()
            }
            guard let byte = next else { return found }
            guard byte == 0x2C else { return nil }
            index += 1
        }
    }

    /// The address that an element names, if it does; nil if the element is malformed.
    private mutating func element() -> IPAddress?? {
        var address: IPAddress?
        var hasAddress = false
        while true {
            let name = token { $0.isToken }
            guard !name.isEmpty, next == 0x3D else { return nil }
            index += 1
            guard let value = value() else { return nil }
            if name.elementsEqual("for".utf8, by: { $0.asciiLowercased == $1 }) {
                // Each parameter occurs once.
                guard !hasAddress else { return nil }
                hasAddress = true
                address = ForwardedNode.address(value)
            }
            skipWhitespace()
            guard next == 0x3B else { return .some(address) }
            index += 1
            skipWhitespace()
            // Some proxies end an element with a semicolon.
            if next == nil || next == 0x2C { return .some(address) }
        }
    }

    private mutating func value() -> [UInt8]? {
        guard next == 0x22 else {
            let value = token { $0.isToken || $0 == 0x3A || $0 == 0x5B || $0 == 0x5D }
            return value.isEmpty ? nil : Array(value)
        }
        index += 1
        var value: [UInt8] = []
        while var byte = next {
            index += 1
            if byte == 0x22 { return value }
            if byte == 0x5C {
                guard let escaped = next else { return nil }
                byte = escaped
                index += 1
            }
            value.append(byte)
        }
        return nil
    }

    private var next: UInt8? { index < text.endIndex ? text[index] : nil }

    private mutating func token(_ isMember: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let start = index
        while let byte = next, isMember(byte) { index += 1 }
        return text[start..<index]
    }

    private mutating func skipWhitespace() {
        while next?.isWhitespace == true { index += 1 }
    }
}
