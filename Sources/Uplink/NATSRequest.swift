import Bytes

/// A question that was sent.
struct NATSRequest: Sendable {
    /// Where in the inbox its answer comes.
    let token: UInt64
    let deadline: MonotonicTime
}
