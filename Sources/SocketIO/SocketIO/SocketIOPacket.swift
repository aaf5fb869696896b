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
/// Bytes among the arguments are not in the JSON. In their place the JSON has a placeholder,
/// `{"_placeholder":true,"num":N}`, and they follow as binary messages, the attachments 0, 1, … The arguments here keep
/// their placeholders and `attachments` has the bytes, so a received packet can go out again unchanged, however deep
/// the bytes are nested; `attachmentIndex(of:)` tells a placeholder from other values. In a packet without attachments
/// an object of that form is an object like any other.
public struct SocketIOPacket: Hashable, Sendable {
    /// What the packet says.
    public enum Content: Hashable, Sendable {
        /// From a client: its request for the namespace, with the `auth` payload. From a server: its consent, with the
        /// `sid`.
        case connect(JSONObject?)
        /// The sender leaves the namespace.
        case disconnect
        /// An event. With an id the sender asks for an acknowledgement.
        case event(name: String, arguments: [JSONValue], id: Int?)
        /// The answer to the event with this id.
        case acknowledgement(id: Int, arguments: [JSONValue])
        /// A server's refusal of a namespace.
        case connectError(message: String, data: JSONValue?)
    }

    /// The namespace's name: `/`, or a longer name that begins with a slash.
    public var namespace: String
    /// The packet's type with its arguments.
    public var content: Content
    /// The bytes that belong to an event or an acknowledgement.
    public var attachments: [[UInt8]]

    /// Creates a packet from its parts. Encoding it has the preconditions of `text`.
    public init(namespace: String, content: Content, attachments: [[UInt8]] = []) {
        self.namespace = namespace
        self.content = content
        self.attachments = attachments
    }

    /// Whether `name` has its own meaning to the libraries on both sides, and so cannot name an event.
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

    /// The number of the attachment that `value` stands for, or nil if it is no placeholder. In a received packet the
    /// number is in range.
    public static func attachmentIndex(of value: JSONValue) -> Int? {
        guard case .object(let object) = value, object["_placeholder"] == .bool(true),
            let number = object["num"]?.integerValue
        else { return nil }
        return Int(exactly: number)
    }
}
