/// The limits of one connection. Each of them bounds something that a machine stores or waits for.
public struct HTTPLimits: Hashable, Sendable {
    /// The longest request target, in bytes; longer ones get 414 (RFC 9110, section 15.5.15).
    public var requestTargetBytesMax = 8 * 1024
    /// The largest head, in bytes, from the start line to the empty line inclusive; larger ones get 431.
    public var headBytesMax = 16 * 1024
    /// The most field lines in a head, and in a trailer section; more get 431.
    public var fieldCountMax = 100
    /// The largest content, in bytes after decoding; more gets 413, before it arrives if its length is announced.
    public var bodyBytesMax = 1024 * 1024
    /// The most bytes in all chunk extensions of one message; more get 413.
    public var chunkExtensionBytesMax = 4 * 1024
    /// The largest trailer section, in bytes; larger ones get 431.
    public var trailerBytesMax = 4 * 1024
    /// The number of bytes after an unanswered request from which the machine wants no more input.
    public var pipelinedBytesMax = 16 * 1024
    /// The number of responses, not counting 1xx, after which a connection is closed.
    public var requestsPerConnectionMax = 100_000
    /// The time from the first byte of a request to the end of its head.
    public var headTimeoutMillis: Int64 = 10_000
    /// The time for the content of a request, extended for each byte received according to `bodyBytesPerSecondMin`.
    public var bodyTimeoutMillis: Int64 = 30_000
    /// The lowest long-run rate of content: n bytes may take `bodyTimeoutMillis` plus n ÷ `bodyBytesPerSecondMin`
    /// seconds, so a peer gains nothing by dribbling single bytes.
    public var bodyBytesPerSecondMin = 1024
    /// The time that a connection may stay without a request.
    public var idleTimeoutMillis: Int64 = 75_000

    /// Creates the default limits.
    public init() {}

    /// The first bound or relation between limits that is violated, as a sentence; nil if there is none.
    ///
    /// Check this before passing configured limits to a machine, whose initializer traps on contradictory ones.
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
