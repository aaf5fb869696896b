import Bytes

/// The body of a POST or of the answer to a poll: several packets joined.
///
///     payload  =  packet *( %x1E packet )
///     packet   =  digit text  /  "b" base64
///
/// U+001E in a packet's text has no escape and needs none: JSON has no unescaped control characters.
public enum EnginePayload {
    static let separator: UInt8 = 0x1E
    static let binaryPrefix: UInt8 = 0x62

    /// The most packets that one POST may carry; more is a fault. This bounds the memory for a body of legal size made
    /// of the smallest packets, two bytes each with their separator.
    public static let packetsMax = 4096

    /// Reads the packets of a POST's body, in order.
    ///
    /// - Throws: if the body is not UTF-8, or has too many packets or a malformed one; then none of them counts.
    /// - Complexity: O(n) in the bytes of the body.
    public static func decode(_ body: [UInt8]) throws(PacketFault) -> [EnginePacket] {
        var validator = UTF8Validator()
        guard validator.accept(body.span), validator.isComplete else { throw .invalidUTF8 }
        var packets: [EnginePacket] = []
        var start = body.startIndex
        while true {
            let end = body[start...].firstIndex(of: separator) ?? body.endIndex
            guard packets.count < packetsMax else { throw .tooManyPackets }
            packets.append(try decodePacket(body[start..<end]))
            if end == body.endIndex { return packets }
            start = end + 1
        }
    }

    /// The number of bytes of `packet` in a payload, without its separator.
    static func encodedSize(of packet: EnginePacket) -> Int {
        packet.isBinary ? 1 + (packet.bytes.count + 2) / 3 * 4 : packet.bytes.count
    }

    /// Appends `packet`, after a separator unless it is the first.
    static func append(_ packet: EnginePacket, to body: inout [UInt8]) {
        if !body.isEmpty { body.append(separator) }
        if packet.isBinary {
            body.append(binaryPrefix)
            Base64.encode(packet.bytes, into: &body)
        } else {
            body.append(contentsOf: packet.bytes)
        }
    }

    /// Joins `packets` into one body.
    public static func encode(_ packets: some Collection<EnginePacket>) -> [UInt8] {
        var body: [UInt8] = []
        for packet in packets { append(packet, to: &body) }
        return body
    }

    private static func decodePacket(_ text: ArraySlice<UInt8>) throws(PacketFault) -> EnginePacket {
        if text.first == binaryPrefix { return try binaryPacket(text) }
        return try EnginePacket(text: [UInt8](text))
    }

    /// Reads a binary message from `text`, which begins with the prefix `b`.
    static func binaryPacket(_ text: ArraySlice<UInt8>) throws(PacketFault) -> EnginePacket {
        guard let bytes = Base64.decode(text.dropFirst()) else { throw .invalidBase64 }
        return EnginePacket(binary: bytes)
    }
}
