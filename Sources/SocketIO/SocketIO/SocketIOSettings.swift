import JSON

/// What all Socket.IO sessions of an endpoint have in common. A class, so that ten thousand sessions share one.
public final class SocketIOSettings: Sendable {
    /// The namespaces that clients may ask for; any other is refused with `Invalid namespace`. They are also the bound
    /// on how many a session can have.
    public let namespaces: [String]
    /// Milliseconds from the opening until a session without any namespace is closed.
    public let connectTimeoutMillis: Int64
    /// The most attachments that a client's packet may have.
    public let attachmentsMax: Int
    /// The most bytes that the attachments of a client's packet may have together.
    public let attachmentBytesMax: Int
    /// The most events in a namespace that a client has not yet acknowledged.
    public let acknowledgementsMax: Int
    /// How deep the JSON of a client's packet may be nested.
    public let depthMax: Int

    /// The defaults are those of the official server where that has such a limit.
    ///
    /// - Precondition: each namespace begins with a slash, has no comma and no question mark, and is given once; the
    ///   numbers are positive, the depth is one that the JSON parser takes.
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
            }, "not a name of a namespace")
        precondition(Set(namespaces).count == namespaces.count, "a namespace twice")
        precondition(connectTimeoutMillis > 0 && attachmentsMax > 0 && attachmentBytesMax > 0, "limits that refuse all")
        precondition(
            acknowledgementsMax > 0 && (1...JSONLimits.depthCeiling).contains(depthMax), "limits that refuse all")
        self.namespaces = namespaces
        self.connectTimeoutMillis = connectTimeoutMillis
        self.attachmentsMax = attachmentsMax
        self.attachmentBytesMax = attachmentBytesMax
        self.acknowledgementsMax = acknowledgementsMax
        self.depthMax = depthMax
    }
}
