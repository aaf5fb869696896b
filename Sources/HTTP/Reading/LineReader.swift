/// Finds lines that end in CRLF, in bytes that arrive in pieces of any size.
///
/// It remembers how far it has searched, so each byte is searched once. The result does not depend on how the bytes are
/// split.
struct LineReader: Sendable {
    enum Outcome {
        /// The range of a line, without its CRLF.
        case line(Range<Int>)
        /// The line feed has not arrived yet.
        case incomplete
        /// There is no line feed before the limit.
        case overlong
    }

    /// The offset at which the current line begins.
    private(set) var start = 0
    /// There is no line feed in `start..<searched`.
    private var searched = 0

    /// Finds the next line whose line feed is before the offset `limit`.
    ///
    /// RFC 9112, section 2.2 allows a bare LF to end a line, but here it is refused: recipients that disagree about it
    /// can be exploited. A CR within a line is refused by the line's own grammar.
    mutating func next(in bytes: Span<UInt8>, limit: Int) throws(HTTPFault) -> Outcome {
        let end = min(bytes.count, limit)
        guard let index = bytes.extracting(..<max(end, searched)).firstIndex(of: 0x0A, from: searched) else {
            searched = max(end, searched)
            return searched >= limit ? .overlong : .incomplete
        }
        guard index > start, bytes[index - 1] == 0x0D else { throw .badRequest("a line ends in LF without CR") }
        let line = start..<(index - 1)
        start = index + 1
        searched = start
        return .line(line)
    }
}
