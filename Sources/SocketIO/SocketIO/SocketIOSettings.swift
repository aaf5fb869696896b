import JSON

/// The settings of all Socket.IO sessions of an endpoint. A class, so that ten thousand sessions share one.
public final class SocketIOSettings: Sendable {
    /// The namespaces that clients may ask for; any other is refused with `Invalid namespace`. Their number bounds the
    /// namespaces of a session.
    public let namespaces: [String]
    /// Milliseconds from the opening until a session without a namespace is closed.
    public let connectTimeoutMillis: Int64
    /// The most attachments of a client's packet.
    public let attachmentsMax: Int
    /// The most bytes in all attachments of a client's packet together.
    public let attachmentBytesMax: Int
    /// The most unacknowledged events per namespace.
    public let acknowledgementsMax: Int
    /// The greatest depth of nesting in the JSON of a client's packet.
    public let depthMax: Int

    /// Creates settings. The defaults are those of the official server, where it has such a limit.
    ///
    /// - Precondition: each namespace begins with a slash, has no comma and no question mark, and is given once; the
    ///   numbers are positive, and the depth is at most `JSONLimits.depthCeiling`.
    public init(
        namespaces: [String],
        connectTimeoutMillis: Int64 = 45_000,
        attachmentsMax: Int = 10,
        attachmentBytesMax: Int = 1_000_000,
        acknowledgementsMax: Int = 64,
        depthMax: Int = 64
    ) {
        precondition(
            namespaces.allSatisfy { name in
                name.utf8.first == 0x2F && !name.utf8.contains { $0 == 0x2C || $0 == 0x3F }
                    && name.utf8.count <= SocketIOPacket.namespaceBytesMax
            }, "not a namespace's name")
        precondition(Set(namespaces).count == namespaces.count, "a namespace is given twice")
        precondition(connectTimeoutMillis > 0 && attachmentsMax > 0 && attachmentBytesMax > 0, "limits are positive")
        precondition(
            acknowledgementsMax > 0 && (1...JSONLimits.depthCeiling).contains(depthMax), "limits are in range")
        self.namespaces = namespaces
        self.connectTimeoutMillis = connectTimeoutMillis
        self.attachmentsMax = attachmentsMax
        self.attachmentBytesMax = attachmentBytesMax
        self.acknowledgementsMax = acknowledgementsMax
        self.depthMax = depthMax
    }
}
