/// What is wrong with a packet that a peer sent. Its session is closed with the reason `parseError`.
public enum PacketFault: Error, Hashable, Sendable {
    // Engine.IO
    case emptyPacket
    case unknownType
    case invalidUTF8
    case invalidBase64
    case tooManyPackets

    // Socket.IO
    case invalidNamespace
    case invalidAcknowledgementID
    case invalidPayload
    case reservedEvent
    case invalidAttachmentCount
    case tooManyAttachments
    case attachmentsTooLarge
    case invalidPlaceholder
    case unexpectedBinary
    case unexpectedText
}
