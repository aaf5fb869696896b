/// What is wrong with a packet from a peer. The session is closed with the reason `parseError`.
public enum PacketFault: Error, Hashable, Sendable {
    // MARK: Engine.IO

    /// A packet without even a type.
    case emptyPacket
    /// The first character names no type; in Socket.IO too.
    case unknownType
    /// Text that is not UTF-8.
    case invalidUTF8
    /// A binary message that is not base64 in its canonical form.
    case invalidBase64
    /// More packets in one POST than `EnginePayload.packetsMax`.
    case tooManyPackets

    // MARK: Socket.IO

    /// A namespace with too long a name.
    case invalidNamespace
    /// An id that is out of range, or an acknowledgement without one.
    case invalidAcknowledgementID
    /// Malformed JSON, or JSON that the packet's type does not allow.
    case invalidPayload
    /// An event whose name `SocketIOPacket.isReserved` refuses.
    case reservedEvent
    /// A binary packet whose number of attachments is missing or malformed.
    case invalidAttachmentCount
    /// More attachments than `SocketIOSettings.attachmentsMax`.
    case tooManyAttachments
    /// More bytes of attachments than `SocketIOSettings.attachmentBytesMax`.
    case attachmentsTooLarge
    /// Placeholders that do not match the announced attachments one to one.
    case invalidPlaceholder
    /// Bytes that no packet announced.
    case unexpectedBinary
    /// Text where an attachment is due.
    case unexpectedText
}
