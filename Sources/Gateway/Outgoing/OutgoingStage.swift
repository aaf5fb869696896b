import Bytes

/// A connection that the service has opened: a stream, or a socket for datagrams.
final class OutgoingStage {
    enum State {
        case connecting(until: MonotonicTime, timeoutMillis: Int64)
        /// The service has not been told yet.
        case connected
        /// The TLS handshake goes on.
        case securing
        /// The handshake is complete; the service has not been told yet.
        case secured
        case open
    }

    var state: State
    let isDatagram: Bool
    /// The bytes received in this turn; nil if there are none. An empty datagram counts.
    var received: [UInt8]?

    init(state: State, isDatagram: Bool) {
        self.state = state
        self.isDatagram = isDatagram
    }

    var deadline: MonotonicTime? {
        if case .connecting(let until, _) = state { until } else { nil }
    }

    var isConnecting: Bool { deadline != nil }

    /// Whether the service may send.
    var isUsable: Bool {
        switch state {
        case .connected, .secured, .open: true
        case .connecting, .securing: false
        }
    }
}

/// The end of a connection that the service had opened.
public enum OutgoingEnd: Hashable, Sendable {
    /// The peer has ended its side, and everything it sent has been received.
    case ended
    /// It could not be opened or is broken; the reason is a clause for an operator, for example "connection refused".
    case failed(String)

    /// TLS has failed; the reason is a clause for an operator.
    static func insecure(_ words: String) -> OutgoingEnd { .failed(securityMark + words) }

    private static let securityMark = "TLS: "

    /// Whether TLS has failed, so that the reason says more than the end of the bytes does.
    public var isOfSecurity: Bool {
        if case .failed(let words) = self { words.hasPrefix(Self.securityMark) } else { false }
    }
}
