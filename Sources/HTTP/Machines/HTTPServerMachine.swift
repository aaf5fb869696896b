import Bytes

/// What the machine has read.
public enum HTTPServerEvent: Sendable {
    /// A whole request. The next one is read only after this one has been answered with `respond`.
    case request(HTTPRequest)
    /// The client waits for a 100 response before it sends the content (RFC 9110, section 10.1.1). Send
    /// `HTTPServerMachine.continueBytes`; the request follows when it is complete.
    case continueExpected
    /// The bytes are not a request, or exceed a limit. Answer with `respond`; then the connection is closed.
    case fault(HTTPFault)
}

/// The result of checking a deadline.
public enum HTTPExpiry: Hashable, Sendable {
    /// The deadline has not been reached.
    case none
    /// A request arrived too slowly. Answer with `respond` (408); then the connection is closed.
    case fault(HTTPFault)
    /// No request was under way. Close the connection without a response (RFC 9112, section 9.5).
    case closeSilently
}

/// The server's side of one HTTP/1.1 connection (RFC 9112): bytes in, requests out, responses in, bytes out.
///
/// The owner passes in what it receives, asks for events until there are none, and answers each request or fault with
/// one `respond`. It closes the connection when `wantsClose` is true and all output has been sent. Requests after an
/// unanswered one wait in the machine; while `wantsInput` is false, the owner should not read. Bytes after the last
/// request are dropped. So the owner may keep reading for a while before it closes, which keeps the peer's kernel from
/// discarding the response.
///
/// Decisions depend on the bytes and times passed in, not on how the bytes are split.
public struct HTTPServerMachine: Sendable {
    /// The interim response that lets a client send its content.
    public static let continueBytes = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    /// What the machine is doing. `head` begins with the first byte of a request, `exchange` with the whole request,
    /// `refused` with a fault.
    private enum Phase {
        case idle, head, content, exchange, refused, upgraded, closed
    }

    private let limits: HTTPLimits
    private var phase = Phase.idle
    private var input = ByteQueue()
    private var head = HeadReader<RequestLine>()
    private var content: ContentReader?
    /// The request whose content is being read, or that is waiting for its response.
    private var request: PendingRequest?
    /// The time when the connection was opened or the last response was written.
    private var idleSince: MonotonicTime
    /// The time when the first byte of the request arrived, or the last byte of its head.
    private var phaseSince: MonotonicTime
    /// The latest time passed in.
    private var latest: MonotonicTime
    private var responseCount = 0
    /// After a fault: the request's `Origin`, if it was read before. The page there may read the response.
    public private(set) var faultOrigin: String?
    private var hasSkippedLine = false
    private var hasEnded = false
    private var isDraining = false

    /// Creates a machine for a connection that was opened at `now`.
    ///
    /// - Precondition: `limits.contradiction == nil`.
    public init(limits: HTTPLimits = HTTPLimits(), now: MonotonicTime) {
        precondition(limits.contradiction == nil, "contradictory limits")
        self.limits = limits
        idleSince = now
        phaseSince = now
        latest = now
    }

    // MARK: Input

    /// Receives bytes from the peer. Complexity: O(`bytes.count`), amortized.
    public mutating func receive(_ bytes: Span<UInt8>, now: MonotonicTime) {
        latest = max(latest, now)
        guard bytes.count > 0, !hasEnded, phase != .refused, phase != .closed else { return }
        input.append(bytes)
        if phase == .idle { beginHead() }
    }

    /// Receives the end of the peer's bytes. Requests received before are still answered; ask for events until there
    /// are none, and `wantsClose` becomes true when the last one has been answered.
    public mutating func inputClosed() {
        hasEnded = true
        if phase == .idle { finish() }
    }

    /// Makes the current request's response the last one. Without a current request, the connection is closed at once.
    public mutating func drain() {
        isDraining = true
        if phase == .idle { finish() }
    }

    /// The next event, or nil until there is more input or a response to the last event.
    public mutating func nextEvent() -> HTTPServerEvent? {
        do {
            if phase == .head, let event = try readHead() { return event }
            if phase == .content, let event = try readContent() { return event }
        } catch {
            return .fault(refuse(error))
        }
        if hasEnded && (phase == .head || phase == .content || phase == .idle) { finish() }
        return nil
    }

    /// Gives up a request that is not complete, because the owner has no room for it. Answer with `respond`; then the
    /// connection is closed.
    ///
    /// - Returns: false, and nothing happens, if no request is being received.
    public mutating func abandonRequest() -> Bool {
        guard phase == .head || phase == .content else { return false }
        _ = refuse(HTTPFault(status: .serviceUnavailable, message: ""))
        return true
    }

    // MARK: Output

    /// Appends the response to the last event's request or fault. Date, Content-Length and Connection are added, and
    /// content that must not be sent is left out (RFC 9110, sections 6.4.1 and 6.6.1; RFC 9112, section 9). Ask for
    /// events again afterwards: the next request may have arrived already.
    ///
    /// - Precondition: a request or fault is unanswered, and the status is 101 or final.
    public mutating func respond(
        _ response: HTTPResponse, date: Timestamp, now: MonotonicTime, into output: inout [UInt8]
    ) {
        precondition(phase == .exchange || phase == .refused, "there is nothing to answer")
        precondition(!response.status.isInformational || response.status == .switchingProtocols, "not a final status")
        latest = max(latest, now)
        responseCount += 1
        let persists =
            phase == .exchange && (request?.keepAlive ?? false) && !response.close && !isDraining
            && responseCount < limits.requestsPerConnectionMax && !(hasEnded && input.isEmpty)
        ResponseEncoder.encode(
            response, isHead: request?.method == .head, minorVersion: request?.minorVersion ?? 1, persists: persists,
            date: date, into: &output)
        request = nil
        hasSkippedLine = false
        if response.status == .switchingProtocols && phase == .exchange {
            phase = .upgraded
        } else if !persists {
            finish()
        } else if input.isEmpty {
            idleSince = latest
            phase = .idle
            input.release()
        } else {
            beginHead()
        }
    }

    /// Appends a response without a request, such as a 503 to a client that is not admitted. Close the connection after
    /// it.
    public static func encode(_ response: HTTPResponse, date: Timestamp, into output: inout [UInt8]) {
        ResponseEncoder.encode(response, isHead: false, minorVersion: 1, persists: false, date: date, into: &output)
    }

    /// After a 101 response: removes and returns the bytes that followed the request, which are in the new protocol.
    /// Later bytes go to the new protocol's machine.
    public mutating func drainUpgradedBytes() -> [UInt8] {
        guard phase == .upgraded else { return [] }
        let bytes = input.copy()
        input.release()
        return bytes
    }

    // MARK: State

    /// Whether the owner should read: false while `pipelinedBytesMax` bytes or more wait after an unanswered request.
    /// The last read may exceed that limit.
    public var wantsInput: Bool { phase != .exchange || input.count < limits.pipelinedBytesMax }

    /// Whether the connection should be closed once all output has been sent.
    public var wantsClose: Bool { phase == .closed }

    /// Whether no request is under way.
    public var isIdle: Bool { phase == .idle }

    /// Whether a 101 response has been written.
    public var isUpgraded: Bool { phase == .upgraded }

    /// The number of received bytes that have not become an event yet.
    public var bufferedBytes: Int {
        input.count + (content?.content.count ?? 0) + (request?.waiting?.fields.storage.count ?? 0)
    }

    // MARK: Time

    /// The time to call `expire`; nil while the machine is not waiting for the peer. A head has `headTimeoutMillis`
    /// from its first byte. Content has `bodyTimeoutMillis` from the end of the head, plus the time that the bytes
    /// received take at `bodyBytesPerSecondMin`.
    public var deadline: MonotonicTime? {
        switch phase {
        case .idle: return idleSince.advanced(byMilliseconds: limits.idleTimeoutMillis)
        case .head: return phaseSince.advanced(byMilliseconds: limits.headTimeoutMillis)
        case .content:
            // The limit on content keeps this below 2^31, so the product fits.
            let received = Int64(content?.content.count ?? 0)
            return phaseSince.advanced(byMilliseconds: limits.bodyTimeoutMillis)
                .advanced(byMilliseconds: received * 1000 / Int64(limits.bodyBytesPerSecondMin))
        case .exchange, .refused, .upgraded, .closed: return nil
        }
    }

    /// Acts on the deadline if `now` has reached it, and says what the owner must do.
    public mutating func expire(now: MonotonicTime) -> HTTPExpiry {
        latest = max(latest, now)
        guard let deadline, deadline <= now else { return .none }
        if phase == .idle {
            finish()
            return .closeSilently
        }
        return .fault(
            refuse(.timeout(phase == .head ? "the head arrived too slowly" : "the content arrived too slowly")))
    }

    // MARK: -

    private mutating func beginHead() {
        phase = .head
        phaseSince = latest
        head = HeadReader()
    }

    /// Reads more of the head. Nil if it is still incomplete, or if content follows that needs no 100 response.
    private mutating func readHead() throws(HTTPFault) -> HTTPServerEvent? {
        guard try beginsWithRequestLine(), let message = try head.advance(input, limits) else { return nil }
        let framing = try MessageFraming(message.fields)
        try framing.checkRequest(minorVersion: message.start.minorVersion)
        var content: ContentReader?
        if framing.isChunked {
            content = .chunked()
        } else if let length = framing.contentLength, length > 0 {
            content = try ContentReader(length: length, limits)
        }
        input.removeFirst(message.bytesCount)
        let request = HTTPRequest(
            line: message.start, head: message.fields.storage, fields: message.fields, framing: framing)
        head = HeadReader()
        self.request = PendingRequest(request)
        guard content != nil else {
            phase = .exchange
            return .request(request)
        }
        self.content = content
        self.request?.waiting = request
        phase = .content
        phaseSince = latest
        return framing.expectation == .proceed && request.minorVersion >= 1 ? .continueExpected : nil
    }

    private mutating func readContent() throws(HTTPFault) -> HTTPServerEvent? {
        guard try content?.advance(&input, hasEnded: hasEnded, limits) ?? false,
            var whole = request?.waiting
        else { return nil }
        request?.waiting = nil
        whole.body = content?.content ?? []
        content = nil
        phase = .exchange
        return .request(whole)
    }

    /// Whether a request line has begun. One empty line before it is skipped (RFC 9112, section 2.2), because old
    /// clients send it after their content. Input that does not begin with a token, such as a TLS handshake, is refused
    /// at its first byte.
    private mutating func beginsWithRequestLine() throws(HTTPFault) -> Bool {
        if !hasSkippedLine && input[0] == 0x0D {
            guard input.count >= 2 else { return false }
            guard input[1] == 0x0A else { throw .badRequest("a CR is not followed by LF") }
            input.removeFirst(2)
            hasSkippedLine = true
            if input.isEmpty {
                phase = .idle
                return false
            }
        }
        guard input[0].isToken else { throw .badRequest("the request does not begin with a method") }
        return true
    }

    private mutating func refuse(_ fault: HTTPFault) -> HTTPFault {
        faultOrigin = phase == .head ? head.value("Origin", in: input) : request?.waiting?.fields["Origin"]
        let isHead = phase == .head && input.withSpan { $0.count >= 5 && $0.extracting(0..<5).spells("HEAD ") }
        if isHead { request = PendingRequest(method: .head) }
        phase = .refused
        forgetInput()
        return fault
    }

    private mutating func finish() {
        phase = .closed
        request = nil
        forgetInput()
    }

    private mutating func forgetInput() {
        input.release()
        head = HeadReader()
        content = nil
        request?.waiting = nil
    }
}

/// The properties of a request that its response depends on, and the request itself while its content is being read.
private struct PendingRequest: Sendable {
    var method: HTTPMethod
    var minorVersion = 1
    var keepAlive = false
    var waiting: HTTPRequest?

    init(method: HTTPMethod) { self.method = method }

    init(_ request: HTTPRequest) {
        method = request.method
        minorVersion = request.minorVersion
        keepAlive = request.keepAlive
    }
}
