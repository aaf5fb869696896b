import Bytes

/// What the machine has read.
public enum HTTPClientEvent: Sendable {
    /// The response to the request. If its `close` is true, the connection cannot be used again.
    case response(HTTPResponse)
    /// No response could be read. The connection cannot be used again.
    case fault(HTTPClientFault)
}

/// Why a response could not be read. The connection cannot be used again.
public enum HTTPClientFault: Error, Hashable, Sendable {
    /// The bytes are not a response, or answer no request; the sentence says what is wrong.
    case malformed(String)
    /// The response exceeds a limit; the sentence says which.
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

/// The client's side of one HTTP/1.1 connection (RFC 9112): one request at a time, each answered before the next.
///
/// The owner transmits what `send` writes, passes in what it receives, and asks for events until there are none. The
/// owner also decides how long to wait. Interim responses are ignored.
public struct HTTPClientMachine: Sendable {
    private enum Phase {
        case idle, head, content, upgraded, closed
    }

    /// The most 1xx responses allowed for one request.
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

    /// Creates a machine for a new connection. The limits on heads, fields, content, chunk extensions and trailers
    /// apply to responses; the others are not used.
    ///
    /// - Precondition: `limits.contradiction == nil`.
    public init(limits: HTTPLimits = HTTPLimits()) {
        precondition(limits.contradiction == nil, "contradictory limits")
        self.limits = limits
    }

    /// Whether a request may be sent.
    public var isReady: Bool { phase == .idle && !hasEnded && input.isEmpty }

    /// Whether the connection cannot be used again and should be closed.
    public var wantsClose: Bool { phase == .closed || (phase == .idle && hasEnded) }

    /// The number of received bytes that have not become an event yet.
    public var bufferedBytes: Int { input.count + (content?.content.count ?? 0) }

    /// Appends a request. Host comes from `host` and Content-Length from `body`; the caller may set Connection to
    /// `close` or `Upgrade`. Characters that are invalid in a target are percent-encoded.
    ///
    /// - Parameter target: a path with its query (origin form).
    /// - Precondition: `isReady`.
    public mutating func send(
        _ method: HTTPMethod, _ target: String, host: String, fields: HTTPFields = HTTPFields(), body: [UInt8] = [],
        into output: inout [UInt8]
    ) {
        precondition(isReady, "the last request has no response yet, or the connection has ended")
        RequestEncoder.encode(method, target, host: host, fields: fields, body: body, into: &output)
        phase = .head
        isHead = method == .head
        hasAskedForUpgrade = fields.contains("Upgrade")
        hasAskedForClose = fields.contains(token: "close", in: "Connection")
        interimCount = 0
    }

    /// Receives bytes from the server. Complexity: O(`bytes.count`), amortized.
    public mutating func receive(_ bytes: Span<UInt8>) {
        if phase != .closed && !hasEnded { input.append(bytes) }
    }

    /// Receives the end of the server's bytes.
    public mutating func inputClosed() { hasEnded = true }

    /// The next event, or nil until there is more input or another request.
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
        if phase == .idle && !input.isEmpty { return fail(.malformed("a response arrived without a request")) }
        if hasEnded && (phase == .head || phase == .content) { return fail(.incomplete) }
        return nil
    }

    /// After a 101 response: removes and returns the bytes that followed it, which are in the new protocol.
    public mutating func drainUpgradedBytes() -> [UInt8] {
        guard phase == .upgraded else { return [] }
        let bytes = input.copy()
        input.release()
        return bytes
    }

    // MARK: -

    /// Reads more of the head; false if it is still incomplete.
    private mutating func readHead() throws(HTTPFault) -> Bool {
        guard let message = try head.advance(input, limits) else { return false }
        input.removeFirst(message.bytesCount)
        head = HeadReader()
        let status = message.start.status
        if status == .switchingProtocols {
            guard hasAskedForUpgrade else {
                throw .badRequest("the server switched to a protocol that was not requested")
            }
            response = HTTPResponse(status: status, fields: message.fields)
            phase = .upgraded
            return true
        }
        if status.isInformational {
            interimCount += 1
            guard interimCount <= Self.interimResponsesMax else { throw .badRequest("too many interim responses") }
            return true
        }
        let framing = try MessageFraming(message.fields)
        let isDelimited = isHead || status.forbidsContent || framing.isChunked || framing.contentLength != nil
        if isHead || status.forbidsContent {
            content = nil
        } else if framing.isChunked {
            // RFC 9112, section 6.1: the framing of an HTTP/1.0 message with Transfer-Encoding is faulty.
            guard message.start.minorVersion >= 1 else {
                throw .badRequest("Transfer-Encoding is not allowed in HTTP/1.0")
            }
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
