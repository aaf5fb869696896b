import JSON

/// The types of Socket.IO 5 packets; the raw value is the digit that a packet begins with.
enum SocketIOPacketType: UInt8 {
    case connect = 0x30
    case disconnect = 0x31
    case event = 0x32
    case acknowledgement = 0x33
    case connectError = 0x34
    case binaryEvent = 0x35
    case binaryAcknowledgement = 0x36

    var isBinary: Bool { self == .binaryEvent || self == .binaryAcknowledgement }
}

/// One Socket.IO 5 packet. On the wire it is the payload of one Engine.IO message, and of one more for each attachment:
///
///     packet  =  type [ count "-" ] [ namespace "," ] [ id ] [ JSON ]
///
///     2["hello",1]
///     0/admin,{"token":"…"}
///     51-/admin,7["file",{"_placeholder":true,"num":0}]
///
/// Bytes among the arguments are not in the JSON. Where they belong it has a placeholder,
/// `{"_placeholder":true,"num":N}`, and they follow as binary messages, the attachments 0, 1, … The arguments here keep
/// their placeholders and `attachments` has the bytes, so that what came in can go out again as it is, however deep the
/// bytes are nested; `attachmentIndex(of:)` tells a placeholder from other values. Where there are no attachments, an
/// object of that form is an object like any other.
public struct SocketIOPacket: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        /// From a client: its request with the `auth` payload. From a server: its consent, with the `sid`.
        case connect(JSONObject?)
        case disconnect
        /// With an id the sender wants an acknowledgement.
        case event(name: String, arguments: [JSONValue], id: Int?)
        case acknowledgement(id: Int, arguments: [JSONValue])
        case connectError(message: String, data: JSONValue?)
    }

    /// `/` or another name that begins with a slash.
    public var namespace: String
    public var content: Content
    /// The bytes that belong to an event or an acknowledgement.
    public var attachments: [[UInt8]]

    public init(namespace: String, content: Content, attachments: [[UInt8]] = []) {
        self.namespace = namespace
        self.content = content
        self.attachments = attachments
    }

    /// Names that mean something else to the libraries on both sides, and are therefore no events.
    public static func isReserved(event name: String) -> Bool {
        switch name {
        case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener": true
        default: false
        }
    }

    /// The value that stands for attachment `index`.
    public static func placeholder(_ index: Int) -> JSONValue {
        ["_placeholder": true, "num": .integer(Int64(index))]
    }

    /// The number of the attachment that `value` stands for, or nil where it stands for itself. In a packet that was
    /// received the number is in range.
    public static func attachmentIndex(of value: JSONValue) -> Int? {
        guard case .object(let object) = value, object["_placeholder"] == .bool(true),
            let number = object["num"]?.integerValue
        else { return nil }
        return Int(exactly: number)
    }
}
