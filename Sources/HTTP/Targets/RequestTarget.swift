import Bytes

/// A request target in origin, absolute or asterisk form (RFC 9112, section 3.2). The authority form belongs to
/// CONNECT, which is not implemented.
struct RequestTarget: Sendable {
    /// The range of the whole target.
    let range: Range<Int>
    /// The path, still encoded; empty if an absolute form has none.
    let path: Range<Int>
    /// The host and port of an absolute form.
    let authority: Range<Int>?
    /// Whether the request is to the server as a whole: `*`, or OPTIONS with an absolute form that ends after the
    /// authority (RFC 9112, section 3.2.4).
    let isAsterisk: Bool
    /// The segments of the path after its leading `/`, decoded.
    let segments: [String]
    let query: HTTPQuery

    init(parsing bytes: Span<UInt8>, _ range: Range<Int>, method: HTTPMethod) throws(HTTPFault) {
        self.range = range
        if range.count == 1 && bytes[range.lowerBound] == 0x2A {
            guard method == .options else { throw .badRequest("the request target * is allowed with OPTIONS only") }
            (path, authority, isAsterisk, segments, query) = (range, nil, true, [], HTTPQuery())
            return
        }
        var start = range.lowerBound
        if range.isEmpty || bytes[start] != 0x2F {
            let authority = try Self.authority(bytes, range)
            self.authority = authority
            start = authority.upperBound
        } else {
            authority = nil
        }
        var end = start
        while end < range.upperBound && bytes[end] != 0x3F { end += 1 }
        path = start..<end
        isAsterisk = start == range.upperBound && method == .options
        segments = try Self.segments(bytes, path)
        if end < range.upperBound {
            guard let query = HTTPQuery(parsing: bytes.extracting((end + 1)..<range.upperBound)) else {
                throw .badRequest("the query contains NUL")
            }
            self.query = query
        } else {
            query = HTTPQuery()
        }
    }

    /// The end of the target that begins at `start`: the first byte that cannot be part of one. A query may have more
    /// bytes than a path.
    static func end(in bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var index = start
        while index < end && bytes[index].isTarget { index += 1 }
        guard index < end, bytes[index] > 0x7F, let mark = bytes.firstIndex(of: 0x3F, from: start), mark < index
        else { return index }
        while index < end && bytes[index].isQuery { index += 1 }
        return index
    }

    /// The range of an absolute form's authority. User information in it is refused (RFC 9110, section 4.2.4).
    private static func authority(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(HTTPFault) -> Range<Int> {
        var start = range.lowerBound
        while start < range.upperBound && bytes[start] != 0x3A { start += 1 }
        let scheme = bytes.extracting(range.lowerBound..<start)
        guard scheme.spellsIgnoringCase("http") || scheme.spellsIgnoringCase("https"),
            bytes.extracting(start..<min(start + 3, range.upperBound)).spells("://")
        else { throw .badRequest("the request target is neither a path nor an http URI") }
        start += 3
        var end = start
        while end < range.upperBound && bytes[end] != 0x2F && bytes[end] != 0x3F { end += 1 }
        guard HostGrammar.isValid(bytes.extracting(start..<end)) else {
            throw .badRequest("the authority of the request target is not valid")
        }
        return start..<end
    }

    /// The decoded segments of `path`. Dot segments are not resolved: clients do that before they send, so `..` is an
    /// attack and is refused.
    private static func segments(_ bytes: Span<UInt8>, _ path: Range<Int>) throws(HTTPFault) -> [String] {
        guard path.count > 1 else { return [] }
        var segments: [String] = []
        segments.reserveCapacity(6)
        var start = path.lowerBound + 1
        while start <= path.upperBound {
            var end = start
            while end < path.upperBound && bytes[end] != 0x2F { end += 1 }
            guard let segment = PercentCoding.decode(bytes.extracting(start..<end)) else {
                throw .badRequest("the path is not percent-encoded UTF-8")
            }
            guard segment != ".." else { throw .badRequest("the path contains a segment ..") }
            segments.append(segment)
            start = end + 1
        }
        return segments
    }
}
