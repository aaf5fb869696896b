import Bytes

/// Reads the content of a message according to its framing (RFC 9112, section 6.3).
struct ContentReader: Sendable {
    private enum Framing: Sendable {
        case length(remaining: Int)
        case chunked(ChunkedReader)
        case untilClose
    }

    private var framing: Framing
    /// The content decoded so far.
    private(set) var content: [UInt8] = []

    /// - Throws: 413 if `length` exceeds the limit.
    init(length: Int, _ limits: HTTPLimits) throws(HTTPFault) {
        guard length <= limits.bodyBytesMax else { throw .contentTooLarge("the content is too large") }
        framing = .length(remaining: length)
    }

    private init(_ framing: Framing) { self.framing = framing }

    static func chunked() -> ContentReader { ContentReader(.chunked(ChunkedReader())) }

    /// Content that ends with the connection, which only responses can have.
    static func untilClose() -> ContentReader { ContentReader(.untilClose) }

    /// Consumes the content at the front of `input`; true once it is complete.
    ///
    /// - Parameter hasEnded: whether the peer will send nothing after `input`.
    mutating func advance(
        _ input: inout ByteQueue, hasEnded: Bool, _ limits: HTTPLimits
    ) throws(HTTPFault) -> Bool {
        switch framing {
        case .length(let remaining):
            let count = min(remaining, input.count)
            content.appendFirst(count, of: &input)
            framing = .length(remaining: remaining - count)
            return count == remaining
        case .chunked(var reader):
            let isComplete = try reader.advance(&input, into: &content, limits)
            framing = .chunked(reader)
            return isComplete
        case .untilClose:
            guard input.count <= limits.bodyBytesMax - content.count else {
                throw .contentTooLarge("the content is too large")
            }
            content.appendFirst(input.count, of: &input)
            return hasEnded
        }
    }
}

extension [UInt8] {
    /// Moves the first `count` bytes of `input` to the end of this array.
    mutating func appendFirst(_ count: Int, of input: inout ByteQueue) {
        guard count > 0 else { return }
        input.withSpan { append($0.extracting(0..<count)) }
        input.removeFirst(count)
    }
}
