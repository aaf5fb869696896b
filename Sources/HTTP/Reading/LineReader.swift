/// Finds lines that end in CRLF, in bytes that arrive in pieces of any size.
///
/// It remembers how far it has searched, so that each byte is looked at once however the bytes are split. What it
/// answers depends on the bytes alone and not on how they were split.
struct LineReader: Sendable {
    enum Outcome {
        /// Where a line lies, without its CRLF.
        case line(Range<Int>)
        /// The line feed has not come yet.
        case incomplete
        /// No line feed comes before the limit.
        case overlong
    }

    /// Where the line that is being read begins.
    private(set) var start = 0
    /// No line feed lies in `start..<searched`.
    private var searched = 0

    /// The next line whose line feed lies before the offset `limit`.
    ///
    /// A line that ends in a bare LF, which RFC 9112, section 2.2 would let a recipient accept, is refused: agents that
    /// disagree on it can be played against each other. A CR within a line is left for the line's own grammar to
    /// refuse.
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
