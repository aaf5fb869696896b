import Bytes

/// The checked head of a message.
struct MessageHead<Start: StartLine> {
    let start: Start
    let fields: HTTPFields
    /// The number of bytes in the head, including the empty line.
    var bytesCount: Int { fields.storage.count }
}

/// Reads the head of a message line by line, each as soon as it is complete, so that a malformed head is refused at its
/// first malformed line.
struct HeadReader<Start: StartLine>: Sendable {
    private var reader = LineReader()
    private var start: Start?
    private var lines: [FieldLine] = []

    /// Reads what was added to `input` since the last call. Returns nil until the head is complete. The input is not
    /// changed: the caller removes the head from its front.
    ///
    /// - Throws: 400, 414, 431, 501 or 505. Complexity: O(new bytes).
    mutating func advance(_ input: ByteQueue, _ limits: HTTPLimits) throws(HTTPFault) -> MessageHead<Start>? {
        let isComplete = try input.withSpan { (bytes) throws(HTTPFault) in try readLines(bytes, limits) }
        guard isComplete, let start else { return nil }
        return MessageHead(
            start: start, fields: HTTPFields(storage: input.copy(0..<reader.start), lines: lines))
    }

    /// Reads all complete lines; true after the empty line.
    private mutating func readLines(_ bytes: Span<UInt8>, _ limits: HTTPLimits) throws(HTTPFault) -> Bool {
        if start == nil {
            guard let line = try nextLine(bytes, limit: min(Start.bytesMax(limits), limits.headBytesMax), limits)
            else { return false }
            start = try Start(parsing: bytes, line, limits: limits)
            lines.reserveCapacity(12)
        }
        while let line = try nextLine(bytes, limit: limits.headBytesMax, limits) {
            if line.isEmpty { return true }
            guard lines.count < limits.fieldCountMax else { throw .fieldsTooLarge("the head has too many field lines") }
            lines.append(try FieldLine(parsing: bytes, line))
        }
        return false
    }

    /// The value of the first complete line read so far that has this name.
    func value(_ name: String, in input: ByteQueue) -> String? {
        let read = HTTPFields(storage: input.copy(0..<reader.start), lines: lines)
        return read[name]
    }

    private mutating func nextLine(
        _ bytes: Span<UInt8>, limit: Int, _ limits: HTTPLimits
    ) throws(HTTPFault) -> Range<Int>? {
        switch try reader.next(in: bytes, limit: limit) {
        case .line(let line): return line
        case .incomplete: return nil
        case .overlong where start == nil && limit < limits.headBytesMax: throw Start.overlongFault
        case .overlong: throw .fieldsTooLarge("the head is too large")
        }
    }
}
