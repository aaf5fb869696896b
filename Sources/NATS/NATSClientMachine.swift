import Bytes

/// What the machine has read.
public enum NATSEvent: Hashable, Sendable {
    /// The server introduced itself, or told what has changed.
    case information(NATSServer)
    case message(NATSMessage)
    /// Sent in verbose mode only, which is not asked for.
    case ok
    /// Where `endsConnection`, nothing comes after it.
    case error(NATSServerError)
    case pong
    /// Nothing comes after it.
    case fault(NATSFault)
}

/// The client's side of one connection to a NATS server: takes the server's bytes, gives events, and owes replies.
///
/// Both sides send control lines, which end with CRLF; a message's content follows its line, with a CRLF of its own.
/// Words have white space between them, and names of operations may be of either case.
///
///     server                                                        client
///     INFO {…}                                                      CONNECT {…}
///     MSG <subject> <sid> [reply] <bytes>                           PUB <subject> [reply] <bytes>
///     HMSG <subject> <sid> [reply] <header bytes> <bytes>           HPUB <subject> [reply] <header bytes> <bytes>
///     +OK                                                           SUB <subject> <sid>
///     -ERR '<text>'                                                 UNSUB <sid> [messages]
///     PING, PONG                                                    PING, PONG
///
/// `<bytes>` counts headers and payload. The server begins with INFO; CONNECT and a PING answer it, and a PONG then
/// says that the server has taken the credentials.
///
/// The order of calls is: `receive` what has arrived; take each `nextEvent()` and act on it; `takeReplies` after them.
/// Memory is what has arrived and is not an event yet: at most one message or line, and what was received in one piece.
public struct NATSClientMachine: Sendable {
    private enum Phase {
        /// A line is being received; no line feed is among the first `searched` bytes.
        case line(searched: Int)
        case content(NATSControlLine.Announcement)
        case closed
    }

    private let limits: NATSLimits
    private var phase = Phase.line(searched: 0)
    private var input = ByteQueue()
    private var pongsOwed = 0

    /// What the server last said of itself; nil before its first INFO.
    public private(set) var server: NATSServer?

    public init(limits: NATSLimits = NATSLimits()) { self.limits = limits }

    /// Whether the connection is of no more use.
    public var isClosed: Bool { if case .closed = phase { true } else { false } }

    /// The bytes received that have not become an event yet.
    public var bufferedBytes: Int { input.count }

    /// Takes what the server sent; ignored after the end. Complexity: O(`bytes.count`), amortised.
    public mutating func receive(_ bytes: Span<UInt8>) {
        if !isClosed { input.append(bytes) }
    }

    /// The next event, or nil where more input is awaited.
    public mutating func nextEvent() -> NATSEvent? {
        do {
            while true {
                switch phase {
                case .line(let searched):
                    guard let line = try takeLine(searched: searched) else { return nil }
                    if let event = try event(of: line) { return event }
                case .content(let announcement):
                    guard let message = try takeMessage(announcement) else { return nil }
                    return .message(message)
                case .closed: return nil
                }
            }
        } catch {
            close()
            return .fault(error)
        }
    }

    /// Whether there is something to take.
    public var hasReplies: Bool { pongsOwed > 0 }

    /// Moves the answers to pings to the end of `output`: at most `NATSLimits.pongsMax`.
    public mutating func takeReplies(into output: inout [UInt8]) {
        for _ in 0..<pongsOwed { output.append(literal: "PONG\r\n") }
        pongsOwed = 0
    }

    // MARK: -

    private mutating func close() {
        phase = .closed
        input.release()
    }

    /// Takes a line without its CRLF; nil where it is incomplete.
    private mutating func takeLine(searched: Int) throws(NATSFault) -> [UInt8]? {
        guard !input.isEmpty else { return nil }
        // Only INFO begins with this letter, so the first byte tells the limit.
        let isInformation = input[0] & 0xDF == 0x49
        let limit = isInformation ? limits.informationBytesMax : limits.controlLineBytesMax
        let end = min(input.count, limit)
        guard let feed = input.withSpan({ $0.extracting(0..<end).firstIndex(of: 0x0A, from: searched) }) else {
            guard end < limit else { throw .tooLarge("the server sent a line of more than \(limit) bytes") }
            phase = .line(searched: end)
            return nil
        }
        guard feed > 0, input[feed - 1] == 0x0D else {
            throw .malformed("the server sent a line that ends in LF without CR")
        }
        let line = input.copy(0..<(feed - 1))
        input.removeFirst(feed + 1)
        phase = .line(searched: 0)
        return line
    }

    /// Acts on a line; nil where it is no event.
    private mutating func event(of line: [UInt8]) throws(NATSFault) -> NATSEvent? {
        let line = try NATSControlLine(line, limits)
        switch line {
        case .information(let server):
            self.server = server
            return .information(server)
        case .error(let error):
            // A server that is full says so in place of INFO.
            if error.endsConnection { close() }
            return .error(error)
        case .message, .ok, .ping, .pong:
            guard server != nil else { throw .malformed("the server did not begin with INFO") }
        }
        switch line {
        case .message(let announcement):
            phase = .content(announcement)
            return nil
        case .ping:
            pongsOwed = min(pongsOwed + 1, limits.pongsMax)
            return nil
        case .pong: return .pong
        default: return .ok
        }
    }

    /// Takes a message's content; nil where it is incomplete.
    private mutating func takeMessage(_ announcement: NATSControlLine.Announcement) throws(NATSFault) -> NATSMessage? {
        let bytes = announcement.bytes
        guard input.count >= 2, input.count - 2 >= bytes else { return nil }
        guard input[bytes] == 0x0D, input[bytes + 1] == 0x0A else {
            throw .malformed("the server sent a message that does not end where its length says")
        }
        var headers: NATSHeaders?
        if announcement.headerBytes > 0, announcement.headerBytes <= limits.headerBytesMax {
            headers = NATSHeaders(
                block: input.copy(0..<announcement.headerBytes), fieldsMax: limits.headerFieldsMax)
        }
        let message = NATSMessage(
            subject: announcement.subject, sid: announcement.sid, reply: announcement.reply, headers: headers,
            hasUnreadableHeaders: announcement.headerBytes > 0 && headers == nil,
            payload: input.copy(announcement.headerBytes..<bytes))
        input.removeFirst(bytes + 2)
        phase = .line(searched: 0)
        return message
    }
}
