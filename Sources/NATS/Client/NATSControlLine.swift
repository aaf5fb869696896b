import Bytes

/// A parsed line from the server. `NATSClientMachine` shows the layout.
enum NATSControlLine {
    /// The line that announces a message.
    struct Announcement {
        let subject: String
        let sid: UInt64
        let reply: NATSSubject?
        /// 0 if the message has no headers.
        let headerBytes: Int
        /// The length of headers and payload.
        let bytes: Int
    }

    case information(NATSServer)
    case message(Announcement)
    case ok
    case error(NATSServerError)
    case ping
    case pong

    /// Parses a line without its CRLF.
    init(_ line: [UInt8], _ limits: NATSLimits) throws(NATSFault) {
        let end = line.firstIndex(where: Self.isBlank) ?? line.count
        let rest = line[end...]
        switch Self.name(line[..<end]) {
        case "MSG": self = .message(try Self.announcement(rest, hasHeaders: false, limits))
        case "HMSG": self = .message(try Self.announcement(rest, hasHeaders: true, limits))
        case "INFO": self = .information(try NATSServer(rest))
        case "-ERR": self = .error(NATSServerError(Self.unquoted(rest)))
        case "+OK": self = .ok
        case "PING": self = .ping
        case "PONG": self = .pong
        default: throw .malformed("the server sent a line that is not NATS: \(Self.excerpt(line))")
        }
        switch self {
        case .ok, .ping, .pong:
            guard rest.allSatisfy(Self.isBlank) else {
                throw .malformed("the server sent a line with too many words: \(Self.excerpt(line))")
            }
        case .information, .message, .error: break
        }
    }

    // MARK: -

    /// Whether a byte separates words. There may be several between two words.
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// The operation's name in upper case.
    private static func name(_ word: ArraySlice<UInt8>) -> String {
        String(decoding: word.prefix(5).map { $0.isASCIILetter ? $0 & 0xDF : $0 }, as: UTF8.self)
    }

    private static func announcement(
        _ rest: ArraySlice<UInt8>, hasHeaders: Bool, _ limits: NATSLimits
    ) throws(NATSFault) -> Announcement {
        let words = rest.split(maxSplits: 6, whereSeparator: isBlank)
        let counts = hasHeaders ? 2 : 1
        guard words.count == 2 + counts || words.count == 3 + counts else {
            throw .malformed("the server announced a message with \(words.count) words")
        }
        guard let sid = Decimal.parse(words[1]) else {
            throw .malformed("the server sent a message whose subscription is not a number")
        }
        let bytes = try count(words[words.count - 1])
        guard bytes <= limits.payloadBytesMax else {
            throw .tooLarge("the server sent a message of more than \(limits.payloadBytesMax) bytes")
        }
        let headerBytes = hasHeaders ? try count(words[words.count - 2]) : 0
        guard headerBytes <= bytes else {
            throw .malformed("the server announced a message whose headers are longer than the whole")
        }
        var reply: NATSSubject?
        if words.count == 3 + counts, let text = String(validating: words[2], as: UTF8.self) {
            reply = NATSSubject(text)
        }
        return Announcement(
            subject: String(decoding: words[0], as: UTF8.self), sid: sid, reply: reply, headerBytes: headerBytes,
            bytes: bytes)
    }

    private static func count(_ word: ArraySlice<UInt8>) throws(NATSFault) -> Int {
        guard let number = Decimal.parse(word) else {
            throw .malformed("the server announced a message without its length in bytes")
        }
        // A number that does not fit an `Int` is over every limit.
        return Int(clamping: number)
    }

    /// The text between the quotation marks, or all of it if there are none.
    private static func unquoted(_ rest: ArraySlice<UInt8>) -> String {
        var text = rest
        while let first = text.first, isBlank(first) { text.removeFirst() }
        while let last = text.last, isBlank(last) { text.removeLast() }
        if text.count >= 2, text.first == 0x27, text.last == 0x27 { text = text.dropFirst().dropLast() }
        return String(decoding: text, as: UTF8.self)
    }

    private static func excerpt(_ line: [UInt8]) -> String { "\"\(NATSText.printable(utf8: line.prefix(40)))\"" }
}
