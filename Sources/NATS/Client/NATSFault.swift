/// A fault of the server's that ends the connection.
public enum NATSFault: Error, Hashable, Sendable {
    /// The server broke the protocol. The sentence says how.
    case malformed(String)
    /// The server exceeded a limit. The sentence says which.
    case tooLarge(String)

    /// A sentence for an operator, without a full stop.
    public var message: String {
        switch self {
        case .malformed(let message), .tooLarge(let message): message
        }
    }
}

/// Why something was not sent. Nothing was written, and the connection can still be used.
public enum NATSRefusal: Error, Hashable, Sendable {
    /// INFO has not come yet, or the connection has ended.
    case notConnected
    /// The server speaks TLS only.
    case requiresTLS
    /// The server does not know headers, so it has no JetStream.
    case withoutHeaders
    /// The credentials do not fit a control line.
    case credentialsTooLong
    /// The message has `bytes` bytes with its headers, and the server accepts `bytesMax`.
    case payloadTooLarge(bytes: Int, bytesMax: Int)

    /// A sentence for an operator, without a full stop.
    public var message: String {
        switch self {
        case .notConnected: "there is no connection to the server"
        case .requiresTLS: "the server requires TLS: use tls:// instead of nats://"
        case .withoutHeaders: "the server is too old: it has no headers and so no JetStream"
        case .credentialsTooLong: "the user, password or token is too long"
        case .payloadTooLarge(let bytes, let bytesMax):
            "a message of \(bytes) bytes is larger than the server accepts (\(bytesMax) bytes)"
        }
    }
}
