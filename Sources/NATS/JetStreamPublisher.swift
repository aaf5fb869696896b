import Bytes

/// Publishes events to a stream in their order, a window of them at a time, and tells up to where they are stored.
///
/// The owner publishes while `hasRoom`, hands in the answers that come to the inbox, calls `expire` when `deadline` has
/// come, and takes events after each of these. Payloads are not kept. After `retry` nothing is in flight any more, and
/// the owner reads from that sequence on again, after a pause: what of it was stored all the same is recognised by its
/// identity.
///
/// So after a loss the stream may have an event behind later ones. The order in which events happened is that of their
/// identities and not that of the stream.
public struct JetStreamPublisher: Sendable {
    public enum Event: Hashable, Sendable {
        /// Everything that was published up to this sequence is stored.
        case stored(through: UInt64)
        /// Everything from the sequence `from` on is to be published again.
        case retry(from: UInt64, JetStreamPublishFault)
    }

    private struct InFlight: Sendable {
        let sequence: UInt64
        let token: UInt64
        let bytes: Int
        let deadline: MonotonicTime
        var isStored = false
    }

    public let limits: JetStreamPublisherLimits

    /// In the order of publication: sequences and tokens rise. The first is not stored.
    private var window: [InFlight] = []
    private var bytesInFlight = 0
    private var storedThrough: UInt64?
    private var retry: Event?

    public init(limits: JetStreamPublisherLimits = JetStreamPublisherLimits()) { self.limits = limits }

    /// Whether another event may be published: the window is open, and no `retry` waits to be taken.
    public var hasRoom: Bool {
        retry == nil && window.count < limits.inFlightMax && bytesInFlight < limits.bytesInFlightMax
    }

    /// Publications without an answer.
    public var inFlightCount: Int { window.count }

    /// What may be published until there is no more room; both are 0 or more.
    public var room: (count: Int, bytes: Int) {
        guard hasRoom else { return (0, 0) }
        return (limits.inFlightMax - window.count, limits.bytesInFlightMax - bytesInFlight)
    }

    /// When `expire` is to be called; nil with nothing in flight.
    public var deadline: MonotonicTime? { window.first?.deadline }

    /// Appends a publication to what is to be sent, without room too: the bounds are the owner's to keep. Where it is
    /// refused, nothing changes.
    ///
    /// - Parameter sequence: the event's own, above that of the one before; gaps are allowed.
    /// - Precondition: no `retry` waits to be taken, and sequences rise.
    public mutating func publish(
        _ publication: JetStreamPublication, sequence: UInt64, inbox: inout NATSInbox, now: MonotonicTime,
        through machine: NATSClientMachine, into output: inout [UInt8]
    ) throws(NATSRefusal) {
        precondition(retry == nil, "a retry waits to be taken")
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

    /// Takes the answer to the publication with this token; false where there is none in flight, as when the answer is
    /// to something else or came after all was given up. O(window).
    public mutating func receive(_ answer: NATSMessage, token: UInt64) -> Bool {
        guard let place = place(of: token) else { return false }
        do {
            _ = try JetStreamPublishAcknowledgement(answer)
        } catch {
            // What was stored and answered twice stays stored.
            if !window[place].isStored { giveUp(.refused(sequence: window[place].sequence, error)) }
            return true
        }
        window[place].isStored = true
        advance()
        return true
    }

    /// Gives up where the oldest publication has had no answer for too long.
    public mutating func expire(now: MonotonicTime) {
        if let first = window.first, first.deadline <= now { giveUp(.silence(sequence: first.sequence)) }
    }

    /// Gives up because the connection is at its end.
    public mutating func connectionLost() { giveUp(.connectionLost) }

    /// The next event: what is stored comes before what is to be repeated.
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

    /// Moves the window over what is stored.
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
