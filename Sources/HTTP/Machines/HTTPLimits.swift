/// What one connection may ask of the machine. Everything it stores or waits for is bounded by a member of this.
public struct HTTPLimits: Hashable, Sendable {
    /// Bytes of a request target; a longer one is 414 (RFC 9110, section 15.5.15).
    public var requestTargetBytesMax = 8 * 1024
    /// Bytes from the first of the start line to the line feed that ends the head; a longer head is 431.
    public var headBytesMax = 16 * 1024
    /// Field lines in a head, and again in a trailer section; more are 431.
    public var fieldCountMax = 100
    /// Bytes of content, decoded; more are 413, and said so before the content arrives where its length is announced.
    public var bodyBytesMax = 1024 * 1024
    /// Bytes of all the chunk extensions of one message; more are 413.
    public var chunkExtensionBytesMax = 4 * 1024
    /// Bytes of a trailer section; more are 431.
    public var trailerBytesMax = 4 * 1024
    /// Bytes that wait behind an unanswered request before the machine stops wanting input.
    public var pipelinedBytesMax = 16 * 1024
    /// Responses (1xx aside) after which a connection is closed.
    public var requestsPerConnectionMax = 100_000
    /// From the first byte of a request to the end of its head.
    public var headTimeoutMillis: Int64 = 10_000
    /// For the content of a request, to which each byte received adds its share of `bodyBytesPerSecondMin`.
    public var bodyTimeoutMillis: Int64 = 30_000
    /// The slowest that content may come in the long run: a body of n bytes has `bodyTimeoutMillis` and
    /// n ÷ `bodyBytesPerSecondMin` seconds, so dribbling single bytes gains a peer nothing.
    public var bodyBytesPerSecondMin = 1024
    /// For a connection on which no request has begun.
    public var idleTimeoutMillis: Int64 = 75_000

    public init() {}

    /// The first relation between two limits, or bound on one, that does not hold, as a sentence; nil where all do.
    ///
    /// To be asked before limits from a configuration are handed to a machine, which takes no contradictory ones.
    public var contradiction: String? {
        if requestTargetBytesMax < 1 { return "requestTargetBytesMax must be at least 1" }
        if !(1...Int(Int32.max)).contains(headBytesMax) { return "headBytesMax must be from 1 to 2147483647" }
        if headBytesMax - RequestLine.overheadBytesMax < requestTargetBytesMax {
            return "headBytesMax must exceed requestTargetBytesMax by at least \(RequestLine.overheadBytesMax)"
        }
        if fieldCountMax < 1 { return "fieldCountMax must be at least 1" }
        if !(0...Int(Int32.max)).contains(bodyBytesMax) { return "bodyBytesMax must be from 0 to 2147483647" }
        if !(0...Int(Int32.max)).contains(chunkExtensionBytesMax) {
            return "chunkExtensionBytesMax must be from 0 to 2147483647"
        }
        if trailerBytesMax < 2 { return "trailerBytesMax must be at least 2" }
        if pipelinedBytesMax < 1 { return "pipelinedBytesMax must be at least 1" }
        if requestsPerConnectionMax < 1 { return "requestsPerConnectionMax must be at least 1" }
        if headTimeoutMillis < 1 || bodyTimeoutMillis < 1 || idleTimeoutMillis < 1 {
            return "headTimeoutMillis, bodyTimeoutMillis and idleTimeoutMillis must be at least 1"
        }
        if bodyBytesPerSecondMin < 1 { return "bodyBytesPerSecondMin must be at least 1" }
        return nil
    }
}
