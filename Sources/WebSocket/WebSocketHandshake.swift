import Bytes
import Crypto
import HTTP

/// The opening handshake (RFC 6455, section 4): an HTTP/1.1 upgrade request, and the server's proof that it understood
/// the request. Extensions and subprotocols are neither offered nor accepted.
public enum WebSocketHandshake {
    /// The value of Sec-WebSocket-Version for RFC 6455.
    public static let version = "13"

    /// The value of Sec-WebSocket-Accept, which proves that the server understood the key (section 4.2.2, step 5).
    public static func accept(forKey key: String) -> String {
        var text: [UInt8] = []
        text.append(utf8: key)
        text.append(literal: "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
        return Base64.encode(SHA1.hash(text))
    }
}

/// The server's side.
extension WebSocketHandshake {
    /// The 101 response to `request`, after which the connection carries frames.
    ///
    /// Extensions and subprotocols that the client offers are declined, which it must accept (section 4.2.2, step 4).
    public static func response(to request: HTTPRequest) throws(WebSocketHandshakeFault) -> HTTPResponse {
        let fields = request.fields
        guard request.method == .get else { throw .method }
        guard request.minorVersion >= 1 else { throw .httpVersion }
        guard fields.contains(token: "websocket", in: "Upgrade") else { throw .upgrade }
        guard fields.contains(token: "upgrade", in: "Connection") else { throw .connection }
        guard fields.values("Sec-WebSocket-Version") == [version] else { throw .version }
        let keys = fields.values("Sec-WebSocket-Key")
        guard keys.count == 1, let key = keys.first, isKey(key) else { throw .key }
        return HTTPResponse(
            status: .switchingProtocols,
            fields: ["Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept(forKey: key)])
    }

    /// Whether `text` is the base64 of 16 bytes. The four unused bits of the last symbol may be set, as they are in the
    /// standard's own example (section 4.1).
    private static func isKey(_ text: String) -> Bool {
        let symbols = Array(text.utf8)
        guard symbols.count == 24, symbols[22] == 0x3D, symbols[23] == 0x3D else { return false }
        return Base64.decode(symbols[..<22] + [0x41, 0x41]) != nil
    }
}

/// The client's side.
extension WebSocketHandshake {
    /// The Sec-WebSocket-Key for 16 random bytes, which must be new for each connection (section 4.1).
    ///
    /// - Precondition: `randomBytes.count == 16`.
    public static func key(_ randomBytes: [UInt8]) -> String {
        precondition(randomBytes.count == 16, "a key has 16 bytes")
        return Base64.encode(randomBytes)
    }

    /// The fields that make a GET request of `HTTPClientMachine` the client's opening handshake (section 4.1).
    public static func requestFields(key: String) -> HTTPFields {
        [
            "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": version,
        ]
    }

    /// Whether `response` is the 101 that accepts the request with `key`. It must not name an extension or subprotocol,
    /// because none was requested (section 4.1).
    public static func isAccepted(by response: HTTPResponse, key: String) -> Bool {
        let fields = response.fields
        return response.status == .switchingProtocols
            && fields.elements("Upgrade").count == 1
            && fields.contains(token: "websocket", in: "Upgrade")
            && fields.contains(token: "upgrade", in: "Connection")
            && fields.values("Sec-WebSocket-Accept") == [accept(forKey: key)]
            && fields.elements("Sec-WebSocket-Extensions").isEmpty
            && !fields.contains("Sec-WebSocket-Protocol")
    }
}
