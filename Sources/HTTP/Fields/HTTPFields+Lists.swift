import Bytes

/// Fields whose value is a comma-separated list (RFC 9110, section 5.6.1), on one line or several.
extension HTTPFields {
    /// The members of the list, without surrounding white space. Empty members are left out; commas in quoted strings
    /// do not separate.
    @inline(never)  // One copy serves all lists.
    public func elements(_ name: String) -> [String] {
        var elements: [String] = []
        for line in lines where ASCII.equalIgnoringCase(text(line.name), name) {
            var list = ListElements(storage, line.value)
            while let range = list.next() {
                if !range.isEmpty { elements.append(text(range)) }
            }
        }
        return elements
    }

    /// Whether the list has this member, ignoring case: `contains(token: "upgrade", in: "Connection")`.
    public func contains(token: String, in name: String) -> Bool {
        elements(name).contains { ASCII.equalIgnoringCase($0, token) }
    }
}

/// The members of one line's list, as ranges without surrounding white space. Empty members are included: the caller
/// decides whether to tolerate them.
struct ListElements {
    private let bytes: [UInt8]
    private var index: Int
    private let end: Int
    private var isFinished = false

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        index = range.lowerBound
        end = range.upperBound
    }

    @inline(never)  // One copy serves all lists.
    mutating func next() -> Range<Int>? {
        if isFinished { return nil }
        var start = index
        var isQuoted = false
        while index < end && (isQuoted || bytes[index] != 0x2C) {
            if bytes[index] == 0x22 {
                isQuoted.toggle()
            } else if isQuoted && bytes[index] == 0x5C && index + 1 < end {
                index += 1
            }
            index += 1
        }
        var stop = index
        if index < end { index += 1 } else { isFinished = true }
        while start < stop && bytes[start].isWhitespace { start += 1 }
        while stop > start && bytes[stop - 1].isWhitespace { stop -= 1 }
        return start..<stop
    }
}
