import Bytes
import Gateway
import Platform
import TLS

/// How TLS begins on a connection to the central server.
struct UpstreamSecurity {
    let client: any TLSClient
    let url: UpstreamURL
}

/// A connection to the central server on which TLS has not begun yet.
///
/// Over HTTPS it begins at once. A NATS server first sends its INFO as it is and then expects TLS, unless it is set to
/// `handshake_first`: then it sends nothing, and TLS begins after a while.
struct UpstreamOpening {
    /// How long a NATS server is given for its INFO.
    private static let infoMillis: Int64 = 3_000
    private static let handshakeMillis: Int64 = 10_000
    /// The most bytes of an INFO.
    private static let infoBytesMax = 64 * 1024

    let connection: ConnectionID
    private let security: UpstreamSecurity
    /// When TLS begins even without an INFO; nil once it has begun.
    private(set) var deadline: MonotonicTime?
    /// The INFO.
    private(set) var early: [UInt8] = []

    init(_ connection: ConnectionID, _ security: UpstreamSecurity, through loop: EventLoop, now: Moment) {
        self.connection = connection
        self.security = security
        if security.url.scheme.isHTTP {
            begin(through: loop)
        } else {
            deadline = now.monotonic.advanced(byMilliseconds: Self.infoMillis)
        }
    }

    private mutating func begin(through loop: EventLoop) {
        deadline = nil
        loop.startTLS(
            on: connection, to: security.url.host, by: security.client, timeoutMillis: Self.handshakeMillis)
    }

    mutating func receive(_ bytes: Span<UInt8>, through loop: EventLoop) {
        guard deadline != nil else { return }
        early.append(bytes)
        if early.contains(0x0A) || early.count > Self.infoBytesMax { begin(through: loop) }
    }

    mutating func expire(through loop: EventLoop, now: Moment) {
        if let deadline, deadline <= now.monotonic { begin(through: loop) }
    }

    /// Why there is no connection, as a sentence for an operator.
    func words(for end: OutgoingEnd) -> String {
        let place = security.url.authority
        return switch end {
        case .ended: "\(place): it has closed the connection before TLS began"
        case .failed(let words): "\(place): \(words)"
        }
    }
}
