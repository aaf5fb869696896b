import Bytes

/// What the machine has read.
public enum HTTPClientEvent: Sendable {
    /// The response to the request that was sent. Its `close` tells whether the connection is of no more use.
    case response(HTTPResponse)
    case fault(HTTPClientFault)
}

/// Why a response could not be read. The connection is of no more use.
public enum HTTPClientFault: Error, Hashable, Sendable {
    /// The server sent what is no response, or a response to nothing; the sentence says what is wrong.
    case malformed(String)
    /// The response is over a limit; the sentence says which.
    case tooLarge(String)
    /// The connection ended before the response did.
    case incomplete

    init(_ fault: HTTPFault) {
        switch fault.status {
        case .contentTooLarge, .requestHeaderFieldsTooLarge: self = .tooLarge(fault.message)
        default: self = .malformed(fault.message)
        }
    }
}

/// The client's side of one HTTP/1.1 connection (RFC 9112): one request at a time, each answered before the next is
/// sent.
///
/// The owner sends what `send` writes, hands in what it receives, and takes events until there are none. How long it
/// waits is its own affair. Interim responses are passed over.
public struct HTTPClientMachine: Sendable {
    private enum Phase {
        case idle, head, content, upgraded, closed
    }

    /// More 1xx responses than this to one request are a fault.
    private static let interimResponsesMax = 16

    private let limits: HTTPLimits
    private var phase = Phase.idle
    private var input = ByteQueue()
    private var head = HeadReader<StatusLine>()
    private var content: ContentReader?
    private var response: HTTPResponse?
    private var isHead = false
    private var hasAskedForUpgrade = false
    private var hasAskedForClose = false
    private var interimCount = 0
    private var hasEnded = false

    /// Of the limits, those on heads, fields, content, chunk extensions and trailers are meant for responses here.
    ///
    /// - Precondition: `limits.contradiction == nil`.
    public init(limits: HTTPLimits = HTTPLimits()) {
        precondition(limits.contradiction == nil, "contradictory limits")
        self.limits = limits
    }

    /// Whether a request may be sent.
    public var isReady: Bool { phase == .idle && !hasEnded && input.isEmpty }

    /// Whether the connection is of no more use.
    public var wantsClose: Bool { phase == .closed || (phase == .idle && hasEnded) }

    /// The bytes received that have not become an event yet.
    public var bufferedBytes: Int { input.count + (content?.content.count ?? 0) }

    /// Appends a request. Host comes from `host`, Content-Length from `body`; Connection is the caller's to set, to
    /// `close` or `Upgrade`. Characters that a target cannot have are percent-encoded.
    ///
    /// - Parameter target: in origin form: a path with its query.
    /// - Precondition: `isReady`.
    public mutating func send(
        _ method: HTTPMethod, _ target: String, host: String, fields: HTTPFields = HTTPFields(), body: [UInt8] = [],
        into output: inout [UInt8]
    ) {
        precondition(isReady, "the last request is not answered, or the connection is at its end")
        RequestEncoder.encode(method, target, host: host, fields: fields, body: body, into: &output)
        phase = .head
        isHead = method == .head
        hasAskedForUpgrade = fields.contains("Upgrade")
        hasAskedForClose = fields.contains(token: "close", in: "Connection")
        interimCount = 0
    }

    /// Takes what the server sent. Complexity: O(`bytes.count`), amortised.
    public mutating func receive(_ bytes: Span<UInt8>) {
        if phase != .closed && !hasEnded { input.append(bytes) }
    }

    /// Takes the end of what the server sends.
    public mutating func inputClosed() { hasEnded = true }

    /// The next event, or nil where more input or a request is awaited.
    public mutating func nextEvent() -> HTTPClientEvent? {
        do {
            while phase == .head { guard try readHead() else { break } }
            if phase == .content, try content?.advance(&input, hasEnded: hasEnded, limits) ?? true {
                return .response(finishResponse())
            }
            if phase == .upgraded, let response {
                self.response = nil
                return .response(response)
            }
        } catch {
            return fail(HTTPClientFault(error))
        }
        if phase == .idle && !input.isEmpty { return fail(.malformed("a response came to no request")) }
        if hasEnded && (phase == .head || phase == .content) { return fail(.incomplete) }
        return nil
    }

    /// After the response 101: what the server sent behind it, in the protocol switched to.
    public mutating func takeUpgradedBytes() -> [UInt8] {
        guard phase == .upgraded else { return [] }
        let bytes = input.copy()
        input.release()
        return bytes
    }

    // MARK: -

    /// Reads on in the head; false where it is incomplete.
    private mutating func readHead() throws(HTTPFault) -> Bool {
        guard let message = try head.advance(input, limits) else { return false }
        input.removeFirst(message.bytesCount)
        head = HeadReader()
        let status = message.start.status
        if status == .switchingProtocols {
            guard hasAskedForUpgrade else {
                throw .badRequest("the server switches to a protocol that was not asked for")
            }
            response = HTTPResponse(status: status, fields: message.fields)
            phase = .upgraded
            return true
        }
        if status.isInformational {
            interimCount += 1
            guard interimCount <= Self.interimResponsesMax else { throw .badRequest("too many interim responses came") }
            return true
        }
        let framing = try MessageFraming(message.fields)
        let isDelimited = isHead || status.forbidsContent || framing.isChunked || framing.contentLength != nil
        if isHead || status.forbidsContent {
            content = nil
        } else if framing.isChunked {
            // RFC 9112, section 6.1: a message of 1.0 with Transfer-Encoding has faulty framing.
            guard message.start.minorVersion >= 1 else { throw .badRequest("HTTP/1.0 has no Transfer-Encoding") }
            content = .chunked()
        } else if let length = framing.contentLength {
            content = try ContentReader(length: length, limits)
        } else {
            content = .untilClose()
        }
        let persists = isDelimited && !hasAskedForClose && framing.keepsAlive(minorVersion: message.start.minorVersion)
        response = HTTPResponse(status: status, fields: message.fields, close: !persists)
        phase = .content
        return true
    }

    private mutating func finishResponse() -> HTTPResponse {
        var whole = response ?? HTTPResponse(status: .badGateway)
        whole.body = content?.content ?? []
        response = nil
        content = nil
        phase = whole.close ? .closed : .idle
        if whole.close || input.isEmpty { input.release() }
        return whole
    }

    private mutating func fail(_ fault: HTTPClientFault) -> HTTPClientEvent {
        phase = .closed
        input.release()
        content = nil
        response = nil
        return .fault(fault)
    }
}
