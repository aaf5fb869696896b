/// What the server sent that ends the connection.
public enum NATSFault: Error, Hashable, Sendable {
    /// It is not the protocol; the sentence says what is wrong.
    case malformed(String)
    /// It is over a limit; the sentence says which.
    case tooLarge(String)

    /// A sentence for an operator, without a full stop.
    public var message: String {
        switch self {
        case .malformed(let message), .tooLarge(let message): message
        }
    }
}

/// Why something is not sent. Nothing of it has been written, and the connection is as it was.
public enum NATSRefusal: Error, Hashable, Sendable {
    /// INFO has not come, or the connection is at its end.
    case notConnected
    /// The server speaks TLS only.
    case requiresTLS
    /// The server knows no headers, so it has no JetStream.
    case withoutHeaders
    /// Credentials that do not fit the control line.
    case credentialsTooLong
    /// A message of `bytes`, headers included, where the server takes `bytesMax`.
    case payloadTooLarge(bytes: Int, bytesMax: Int)

    /// A sentence for an operator, without a full stop.
    public var message: String {
        switch self {
        case .notConnected: "there is no connection to the server"
        case .requiresTLS: "the server requires TLS, which is not supported here"
        case .withoutHeaders: "the server is too old: it has no headers and so no JetStream"
        case .credentialsTooLong: "user, password or token are too long"
        case .payloadTooLarge(let bytes, let bytesMax):
            "a message of \(bytes) bytes is larger than the server takes (\(bytesMax) bytes)"
        }
    }
}
