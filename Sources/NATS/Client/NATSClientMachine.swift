import Bytes

/// An event of `NATSClientMachine`.
public enum NATSEvent: Hashable, Sendable {
    /// The server introduced itself or told what has changed.
    case information(NATSServer)
    /// A message for one of the subscriptions.
    case message(NATSMessage)
    /// Sent in verbose mode only, which we do not ask for.
    case ok
    /// The server's `-ERR`. If it `endsConnection`, it is the last event.
    case error(NATSServerError)
    /// The answer to a PING.
    case pong
    /// The server broke the protocol. The last event.
    case fault(NATSFault)
}

/// The client's side of one connection to a NATS server: it receives the server's bytes, returns events and owes
/// replies.
///
/// Both sides send control lines, which end with CRLF. A message's content follows its line and has a CRLF of its own.
/// Words are separated by white space, and names of operations ignore case.
///
///     server                                                        client
///     INFO {…}                                                      CONNECT {…}
///     MSG <subject> <sid> [reply] <bytes>                           PUB <subject> [reply] <bytes>
///     HMSG <subject> <sid> [reply] <header bytes> <bytes>           HPUB <subject> [reply] <header bytes> <bytes>
///     +OK                                                           SUB <subject> <sid>
///     -ERR '<text>'                                                 UNSUB <sid> [messages]
///     PING, PONG                                                    PING, PONG
///
/// `<bytes>` counts headers and payload. The server begins with INFO. We answer with CONNECT and a PING, and a PONG
/// then shows that the server has accepted the credentials.
///
/// The order of calls is: `receive` what has arrived, act on each `nextEvent()`, then `drainReplies`. The machine holds
/// the bytes that have arrived and are not yet an event: at most one message or line and the piece received last.
public struct NATSClientMachine: Sendable {
    private enum Phase {
        /// A line is being received, and its first `searched` bytes hold no line feed.
        case line(searched: Int)
        case content(NATSControlLine.Announcement)
        case closed
    }

    private let limits: NATSLimits
    private var phase = Phase.line(searched: 0)
    private var input = ByteQueue()
    private var pongsOwed = 0

    /// What the server last said about itself; nil before its first INFO.
    public private(set) var server: NATSServer?

    /// Creates a machine for a connection that has just been opened.
    public init(limits: NATSLimits = NATSLimits()) { self.limits = limits }

    /// Whether the last event has come, so that the connection can be closed.
    public var isClosed: Bool { if case .closed = phase { true } else { false } }

    /// The number of received bytes that are not yet an event.
    public var bufferedBytes: Int { input.count }

    /// Receives what the server sent. Ignored once the machine is closed. O(`bytes.count`), amortised.
    public mutating func receive(_ bytes: Span<UInt8>) {
        if !isClosed { input.append(bytes) }
    }

    /// The next event, or nil until more input comes.
    public mutating func nextEvent() -> NATSEvent? {
        do {
            while true {
                switch phase {
                case .line(let searched):
                    guard let line = try nextLine(searched: searched) else { return nil }
                    if let event = try event(of: line) { return event }
                case .content(let announcement):
                    guard let message = try nextMessage(announcement) else { return nil }
                    return .message(message)
                case .closed: return nil
                }
            }
        } catch {
            close()
            return .fault(error)
        }
    }

    /// Whether `drainReplies` has something to append.
    public var hasReplies: Bool { pongsOwed > 0 }

    /// Appends the answers to the server's pings to `output`: at most `NATSLimits.pongsMax`.
    public mutating func drainReplies(into output: inout [UInt8]) {
        for _ in 0..<pongsOwed { output.append(literal: "PONG\r\n") }
        pongsOwed = 0
    }

    // MARK: -

    private mutating func close() {
        phase = .closed
        input.release()
    }

    /// Removes the next line from the input and returns it without its CRLF; nil if it is incomplete.
    private mutating func nextLine(searched: Int) throws(NATSFault) -> [UInt8]? {
        guard !input.isEmpty else { return nil }
        // Only INFO begins with this letter, so the first byte decides the limit.
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

    /// Acts on a line. Returns nil if it is not an event by itself.
    private mutating func event(of line: [UInt8]) throws(NATSFault) -> NATSEvent? {
        let line = try NATSControlLine(line, limits)
        switch line {
        case .information(let server):
            self.server = server
            return .information(server)
        case .error(let error):
            // A server that is full says so instead of sending INFO.
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

    /// Removes a message's content from the input and returns the message; nil if it is incomplete.
    private mutating func nextMessage(_ announcement: NATSControlLine.Announcement) throws(NATSFault) -> NATSMessage? {
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

/// The limits of what a server may send.
public struct NATSLimits: Hashable, Sendable {
    /// The longest control line other than INFO, with its CRLF, in bytes.
    public let controlLineBytesMax: Int
    /// The longest INFO line, which names all servers of a cluster, in bytes.
    public let informationBytesMax: Int
    /// The largest message with its headers, in bytes. A larger one ends the connection, so this should not be less
    /// than a pull asks for.
    public let payloadBytesMax: Int
    /// The largest headers of a message, in bytes. Larger ones are not read.
    public let headerBytesMax: Int
    /// The largest number of header fields. Headers with more are not read.
    public let headerFieldsMax: Int
    /// The largest number of pings that wait for an answer. Further pings are not answered; the other answers will do.
    public let pongsMax: Int

    /// Creates limits that suit a server with its default configuration.
    ///
    /// - Precondition: all are at least 1, and `controlLineBytesMax <= informationBytesMax`.
    public init(
        controlLineBytesMax: Int = 4096, informationBytesMax: Int = 32 * 1024, payloadBytesMax: Int = 1024 * 1024,
        headerBytesMax: Int = 16 * 1024, headerFieldsMax: Int = 64, pongsMax: Int = 16
    ) {
        precondition(controlLineBytesMax >= 1 && payloadBytesMax >= 1 && headerBytesMax >= 1, "nothing would fit")
        precondition(headerFieldsMax >= 1 && pongsMax >= 1, "nothing would fit")
        precondition(controlLineBytesMax <= informationBytesMax, "INFO is the longest line")
        self.controlLineBytesMax = controlLineBytesMax
        self.informationBytesMax = informationBytesMax
        self.payloadBytesMax = payloadBytesMax
        self.headerBytesMax = headerBytesMax
        self.headerFieldsMax = headerFieldsMax
        self.pongsMax = pongsMax
    }
}
