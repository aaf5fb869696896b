/// The bounds of what a server may send.
public struct NATSLimits: Hashable, Sendable {
    /// A control line with its CRLF, INFO excepted, in bytes.
    public let controlLineBytesMax: Int
    /// The line of INFO, which names all servers of a cluster, in bytes.
    public let informationBytesMax: Int
    /// A message with its headers, in bytes. A larger one ends the connection, so this should not be below what a pull
    /// asks for.
    public let payloadBytesMax: Int
    /// The headers of a message, in bytes. Beyond it they are not read.
    public let headerBytesMax: Int
    /// The fields in these headers. Beyond it they are not read.
    public let headerFieldsMax: Int
    /// Answers to pings that wait to be taken; what comes above is not answered, which one answer makes good.
    public let pongsMax: Int

    /// - Precondition: all are at least 1, and `controlLineBytesMax <= informationBytesMax`.
    public init(
        controlLineBytesMax: Int = 4096, informationBytesMax: Int = 32 * 1024, payloadBytesMax: Int = 1024 * 1024,
        headerBytesMax: Int = 16 * 1024, headerFieldsMax: Int = 64, pongsMax: Int = 16
    ) {
        precondition(controlLineBytesMax >= 1 && payloadBytesMax >= 1 && headerBytesMax >= 1, "nothing would fit")
        precondition(headerFieldsMax >= 1 && pongsMax >= 1, "nothing would fit")
        precondition(controlLineBytesMax <= informationBytesMax, "INFO is the longest line")
        self.controlLineBytesMax = controlLineBytesMax
        self.informationBytesMax = informationBytesMax
        self.payloadBytesMax = payloadBytesMax
        self.headerBytesMax = headerBytesMax
        self.headerFieldsMax = headerFieldsMax
        self.pongsMax = pongsMax
    }
}
