/// The bounds of what is published and not yet acknowledged.
public struct JetStreamPublisherLimits: Hashable, Sendable {
    /// How many publications.
    public let inFlightMax: Int
    /// How many bytes on the wire; the publication that reaches it is the last.
    public let bytesInFlightMax: Int
    /// How long each may go without an answer.
    public let acknowledgementMillisMax: Int64

    /// - Precondition: all are at least 1.
    public init(
        inFlightMax: Int = 256, bytesInFlightMax: Int = 1024 * 1024, acknowledgementMillisMax: Int64 = 5000
    ) {
        precondition(inFlightMax >= 1 && bytesInFlightMax >= 1, "nothing could be published")
        precondition(acknowledgementMillisMax >= 1, "nothing could be answered in time")
        self.inFlightMax = inFlightMax
        self.bytesInFlightMax = bytesInFlightMax
        self.acknowledgementMillisMax = acknowledgementMillisMax
    }
}
