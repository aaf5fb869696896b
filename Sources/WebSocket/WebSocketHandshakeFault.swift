import HTTP

/// Why a request does not open a WebSocket (RFC 6455, section 4.2.1), with the response to it.
public enum WebSocketHandshakeFault: Error, Hashable, Sendable {
    /// The method is not GET.
    case method
    /// The request is in HTTP/1.0.
    case httpVersion
    /// `websocket` is not among the protocols of Upgrade.
    case upgrade
    /// `upgrade` is not among the options of Connection.
    case connection
    /// Sec-WebSocket-Version is missing, repeated or not 13.
    case version
    /// Sec-WebSocket-Key is missing, repeated or not the base64 of 16 bytes.
    case key

    /// The status of the response.
    public var status: HTTPStatus {
        switch self {
        case .method: .methodNotAllowed
        case .upgrade, .connection, .version: .upgradeRequired
        case .httpVersion, .key: .badRequest
        }
    }

    /// The fields that the status requires: `Allow` (RFC 9110, section 15.5.6), or `Upgrade` (section 15.5.22) and the
    /// supported version (RFC 6455, section 4.4).
    public var fields: HTTPFields {
        switch self {
        case .method: ["Allow": "GET"]
        case .upgrade, .connection, .version:
            [
                "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": WebSocketHandshake.version,
            ]
        case .httpVersion, .key: [:]
        }
    }

    /// A sentence for the client's author, without a full stop.
    public var message: String {
        switch self {
        case .method: "The method must be GET"
        case .httpVersion: "The version must be HTTP/1.1"
        case .upgrade: "Upgrade must name websocket"
        case .connection: "Connection must name upgrade"
        case .version: "Sec-WebSocket-Version must be 13"
        case .key: "Sec-WebSocket-Key must be 16 bytes in base64"
        }
    }
}
