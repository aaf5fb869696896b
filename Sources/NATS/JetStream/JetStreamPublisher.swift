import Bytes

/// Publishes events to a stream in their order, a window of them at a time, and tells up to where they are stored.
///
/// The owner publishes while `hasRoom`, hands in the answers that come to the inbox, calls `expire` when `deadline` has
/// come, and fetches events after each of these. Payloads are not kept. After `retry` nothing is in flight any more.
/// The owner then pauses and publishes from that sequence on again; events that were stored after all are recognised by
/// their identity.
///
/// So after a loss, an event may follow later ones in the stream. Events happened in the order of their identities, not
/// in that of the stream.
public struct JetStreamPublisher: Sendable {
    /// What the publisher has found out.
    public enum Event: Hashable, Sendable {
        /// Everything that was published up to this sequence is stored.
        case stored(through: UInt64)
        /// Everything from the sequence `from` on must be published again.
        case retry(from: UInt64, JetStreamPublishFault)
    }

    private struct InFlight: Sendable {
        let sequence: UInt64
        let token: UInt64
        let bytes: Int
        let deadline: MonotonicTime
        var isStored = false
    }

    /// The limits of what may be in flight.
    public let limits: JetStreamPublisherLimits

    /// What is in flight, in the order of publication: sequences and tokens rise. The first entry is not stored.
    private var window: [InFlight] = []
    private var bytesInFlight = 0
    private var storedThrough: UInt64?
    private var retry: Event?

    /// Creates a publisher with nothing in flight.
    public init(limits: JetStreamPublisherLimits = JetStreamPublisherLimits()) { self.limits = limits }

    /// Whether another event may be published: the window is open and no `retry` waits to be fetched.
    public var hasRoom: Bool {
        retry == nil && window.count < limits.inFlightMax && bytesInFlight < limits.bytesInFlightMax
    }

    /// The number of publications that are not known to be stored.
    public var inFlightCount: Int { window.count }

    /// How many events and bytes may be published until there is no more room. Both are 0 or more.
    public var room: (count: Int, bytes: Int) {
        guard hasRoom else { return (0, 0) }
        return (limits.inFlightMax - window.count, limits.bytesInFlightMax - bytesInFlight)
    }

    /// When to call `expire`; nil with nothing in flight.
    public var deadline: MonotonicTime? { window.first?.deadline }

    /// Appends a publication to the bytes to be sent, even if there is no room: keeping to the limits is up to the
    /// owner.
    ///
    /// - Parameter sequence: the event's own sequence, higher than the one before; gaps are allowed.
    /// - Precondition: no `retry` waits to be fetched, and sequences rise.
    /// - Throws: `NATSRefusal` if it cannot be sent. Nothing changes then.
    public mutating func publish(
        _ publication: JetStreamPublication, sequence: UInt64, inbox: inout NATSInbox, now: MonotonicTime,
        through machine: NATSClientMachine, into output: inout [UInt8]
    ) throws(NATSRefusal) {
        precondition(retry == nil, "a retry waits to be fetched")
        precondition(window.last.map { $0.sequence < sequence } ?? true, "sequences rise")
        let start = output.count
        let token = inbox.nextToken()
        try machine.publish(
            to: publication.subject, reply: inbox.subject(token), headers: publication.headers,
            payload: publication.payload, into: &output)
        let bytes = output.count - start
        bytesInFlight += bytes
        window.append(
            InFlight(
                sequence: sequence, token: token, bytes: bytes,
                deadline: now.advanced(byMilliseconds: limits.acknowledgementMillisMax)))
    }

    /// Handles the answer to the publication with this token. Returns false if no such publication is in flight,
    /// because the message answers something else or came after the window was given up. O(window).
    public mutating func receive(_ answer: NATSMessage, token: UInt64) -> Bool {
        guard let place = place(of: token) else { return false }
        do {
            _ = try JetStreamPublishAcknowledgement(answer)
        } catch {
            // A publication that is known to be stored stays so, whatever a second answer says.
            if !window[place].isStored { giveUp(.refused(sequence: window[place].sequence, error)) }
            return true
        }
        window[place].isStored = true
        advance()
        return true
    }

    /// Gives up the window if its oldest publication has waited too long for an answer.
    public mutating func expire(now: MonotonicTime) {
        if let first = window.first, first.deadline <= now { giveUp(.silence(sequence: first.sequence)) }
    }

    /// Gives up the window because the connection has ended.
    public mutating func connectionLost() { giveUp(.connectionLost) }

    /// The next event, or nil if there is none. `stored` comes before `retry`.
    public mutating func nextEvent() -> Event? {
        if let through = storedThrough {
            storedThrough = nil
            return .stored(through: through)
        }
        defer { retry = nil }
        return retry
    }

    // MARK: -

    private func place(of token: UInt64) -> Int? {
        var low = 0
        var high = window.count
        while low < high {
            let middle = low + (high - low) / 2
            if window[middle].token < token { low = middle + 1 } else { high = middle }
        }
        return low < window.count && window[low].token == token ? low : nil
    }

    /// Moves the beginning of the window past what is stored.
    private mutating func advance() {
        let count = window.firstIndex { !$0.isStored } ?? window.count
        guard count > 0 else { return }
        for entry in window[..<count] { bytesInFlight -= entry.bytes }
        storedThrough = window[count - 1].sequence
        window.removeFirst(count)
    }

    private mutating func giveUp(_ fault: JetStreamPublishFault) {
        guard let first = window.first else { return }
        retry = .retry(from: first.sequence, fault)
        window.removeAll(keepingCapacity: true)
        bytesInFlight = 0
    }
}

/// Why a window of publications was given up.
public enum JetStreamPublishFault: Error, Hashable, Sendable {
    /// The publication of this sequence was not answered in time. A server also stays silent if it has no quorum or the
    /// user has no permission for the subject.
    case silence(sequence: UInt64)
    /// The connection ended before everything was acknowledged.
    case connectionLost
    /// The publication of this sequence failed. It need not be the first of the window.
    case refused(sequence: UInt64, JetStreamFault)

    /// A sentence for an operator, without a full stop.
    public var message: String {
        switch self {
        case .silence(let sequence): "the stream did not acknowledge the event \(sequence) in time"
        case .connectionLost: "the connection ended before everything was acknowledged"
        case .refused(let sequence, let fault): "the event \(sequence) was not stored: \(fault.message)"
        }
    }
}

/// The limits of what may be published and not yet acknowledged.
public struct JetStreamPublisherLimits: Hashable, Sendable {
    /// The largest number of publications.
    public let inFlightMax: Int
    /// The number of bytes on the wire. The publication that reaches it is the last.
    public let bytesInFlightMax: Int
    /// How long each publication may go without an answer.
    public let acknowledgementMillisMax: Int64

    /// Creates limits from their parts.
    ///
    /// - Precondition: all are at least 1.
    public init(
        inFlightMax: Int = 256, bytesInFlightMax: Int = 1024 * 1024, acknowledgementMillisMax: Int64 = 5000
    ) {
        precondition(inFlightMax >= 1 && bytesInFlightMax >= 1, "nothing could be published")
        precondition(acknowledgementMillisMax >= 1, "nothing could be answered in time")
        self.inFlightMax = inFlightMax
        self.bytesInFlightMax = bytesInFlightMax
        self.acknowledgementMillisMax = acknowledgementMillisMax
    }
}
