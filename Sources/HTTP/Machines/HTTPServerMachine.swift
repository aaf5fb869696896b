import Bytes

/// What the machine has read.
public enum HTTPServerEvent: Sendable {
    /// A whole request. The next one is not read before this one has been answered with `respond`.
    case request(HTTPRequest)
    /// The client waits for leave to send the content (RFC 9110, section 10.1.1), which is sent as
    /// `HTTPServerMachine.continueBytes`; the request follows when it is complete.
    case continueExpected
    /// What came is no request, or is over a limit. It too is answered with `respond`, and then the connection is
    /// closed.
    case fault(HTTPFault)
}

/// What has become of a deadline.
public enum HTTPExpiry: Hashable, Sendable {
    /// It has not been reached.
    case none
    /// A request came too slowly: 408, to be answered with `respond`; then the connection is closed.
    case fault(HTTPFault)
    /// Nothing was under way: the connection is closed without a word (RFC 9112, section 9.5).
    case closeSilently
}

/// The server's side of one HTTP/1.1 connection (RFC 9112): bytes in, requests out, responses in, bytes out.
///
/// The owner hands it what it receives, takes events until there are none, answers each request or fault with one
/// `respond`, and closes the connection when `wantsClose` says so and everything written has been sent. Requests that
/// arrive behind an unanswered one wait in the machine; while `wantsInput` is false the owner does not read. What
/// arrives after the last request is dropped, so that an owner may go on reading for a while before it closes and the
/// peer's kernel does not discard the answer.
///
/// All it decides depends on the bytes and on the times it is handed, not on how the bytes are split.
public struct HTTPServerMachine: Sendable {
    /// The interim response that lets a client send its content.
    public static let continueBytes = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    /// What the machine is about. `head` begins with the first byte of a request, `exchange` with the whole request,
    /// `refused` with a fault.
    private enum Phase {
        case idle, head, content, exchange, refused, upgraded, closed
    }

    private let limits: HTTPLimits
    private var phase = Phase.idle
    private var input = ByteQueue()
    private var head = HeadReader<RequestLine>()
    private var content: ContentReader?
    /// The request whose content is being read or whose answer is being awaited; in the second case without its
    /// content.
    private var request: PendingRequest?
    /// When the connection was opened or last answered.
    private var idleSince: MonotonicTime
    /// When the first byte of the request came, or the last byte of its head.
    private var phaseSince: MonotonicTime
    /// The latest time that the machine was told.
    private var latest: MonotonicTime
    private var responseCount = 0
    private var hasSkippedLine = false
    private var hasEnded = false
    private var isDraining = false

    /// - Precondition: `limits.contradiction == nil`.
    public init(limits: HTTPLimits = HTTPLimits(), now: MonotonicTime) {
        precondition(limits.contradiction == nil, "contradictory limits")
        self.limits = limits
        idleSince = now
        phaseSince = now
        latest = now
    }

    // MARK: Input

    /// Takes what the peer sent. Complexity: O(`bytes.count`), amortised.
    public mutating func receive(_ bytes: Span<UInt8>, now: MonotonicTime) {
        latest = max(latest, now)
        guard bytes.count > 0, !hasEnded, phase != .refused, phase != .closed else { return }
        input.append(bytes)
        if phase == .idle { beginHead() }
    }

    /// Takes the end of what the peer sends. What it sent before is still answered; `wantsClose` tells when that is
    /// done, as soon as events have been taken until there are none.
    public mutating func inputClosed() {
        hasEnded = true
        if phase == .idle { finish() }
    }

    /// Makes the response to the request under way the last one, and closes the connection at once where there is none.
    public mutating func drain() {
        isDraining = true
        if phase == .idle { finish() }
    }

    /// The next event, or nil where more input, a response or nothing at all is awaited.
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

    // MARK: Output

    /// Appends the response to the request, or to the fault, that the last event told of. Date, Content-Length and
    /// Connection are added, and the content left out, as RFC 9110, sections 6.4.1 and 6.6.1, and RFC 9112, section 9,
    /// ask. Then events are to be taken again, because the next request may have come already.
    ///
    /// - Precondition: a request or fault is unanswered, and the status is 101 or final.
    public mutating func respond(
        _ response: HTTPResponse, date: Timestamp, now: MonotonicTime, into output: inout [UInt8]
    ) {
        precondition(phase == .exchange || phase == .refused, "nothing is to be answered")
        precondition(!response.status.isInformational || response.status == .switchingProtocols, "no final status")
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

    /// Appends a response to no request, such as a 503 to one who is not let in; the connection is to be closed after
    /// it.
    public static func encode(_ response: HTTPResponse, date: Timestamp, into output: inout [UInt8]) {
        ResponseEncoder.encode(response, isHead: false, minorVersion: 1, persists: false, date: date, into: &output)
    }

    /// After a 101 has been written: what the peer sent behind its request, in the protocol switched to. Call it once,
    /// and hand what comes later to the new protocol's machine.
    public mutating func takeUpgradedBytes() -> [UInt8] {
        guard phase == .upgraded else { return [] }
        let bytes = input.copy()
        input.release()
        return bytes
    }

    // MARK: State

    /// Whether the owner should read: false while much waits behind an unanswered request. It may overshoot by one
    /// read.
    public var wantsInput: Bool { phase != .exchange || input.count < limits.pipelinedBytesMax }

    /// Whether the connection is to be closed once all that was written has been sent.
    public var wantsClose: Bool { phase == .closed }

    /// Whether no request is under way.
    public var isIdle: Bool { phase == .idle }

    /// Whether a 101 has been written.
    public var isUpgraded: Bool { phase == .upgraded }

    /// The bytes received that have not become an event yet.
    public var bufferedBytes: Int { input.count + (content?.content.count ?? 0) }

    // MARK: Time

    /// When to call `expire`; nil while the peer owes nothing. A head has `headTimeoutMillis` from its first byte.
    /// Content has `bodyTimeoutMillis` from the end of the head, and for each byte that came the time it takes at
    /// `bodyBytesPerSecondMin`.
    public var deadline: MonotonicTime? {
        switch phase {
        case .idle: return idleSince.advanced(byMilliseconds: limits.idleTimeoutMillis)
        case .head: return phaseSince.advanced(byMilliseconds: limits.headTimeoutMillis)
        case .content:
            // Below 2^31 by the limit on the content, so that the product fits.
            let received = Int64(content?.content.count ?? 0)
            return phaseSince.advanced(byMilliseconds: limits.bodyTimeoutMillis)
                .advanced(byMilliseconds: received * 1000 / Int64(limits.bodyBytesPerSecondMin))
        case .exchange, .refused, .upgraded, .closed: return nil
        }
    }

    /// Acts on the deadline if `now` has reached it.
    public mutating func expire(now: MonotonicTime) -> HTTPExpiry {
        latest = max(latest, now)
        guard let deadline, deadline <= now else { return .none }
        if phase == .idle {
            finish()
            return .closeSilently
        }
        return .fault(
            refuse(.timeout(phase == .head ? "the head came too slowly" : "the content came too slowly")))
    }

    // MARK: -

    private mutating func beginHead() {
        phase = .head
        phaseSince = latest
        head = HeadReader()
    }

    /// Reads on in the head; nil where nothing is to be told, be it that the head is incomplete or that content
    /// follows.
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

    /// Whether a request line has begun. One empty line before it is skipped (RFC 9112, section 2.2), as old clients
    /// send it after their content; and what begins with no token, such as a TLS handshake, is refused at its first
    /// byte.
    private mutating func beginsWithRequestLine() throws(HTTPFault) -> Bool {
        if !hasSkippedLine && input[0] == 0x0D {
            guard input.count >= 2 else { return false }
            guard input[1] == 0x0A else { throw .badRequest("a line has a CR without LF") }
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

/// What the answer to a request depends on, and the request itself while its content is awaited.
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
