/// What a run has found to be wrong.
public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which of the promises is broken. A shortened schedule must break the same one.
    public enum Kind: String, CaseIterable, Sendable {
        case lost = "something that was answered is not there"
        case notDurable = "something was told that is not durable"
        case replayDiffers = "the journal gives another state than the live one"
        case delivery = "the delivery of notifications is not as promised"
        case permission = "somebody was shown or allowed what is not his"
        case answer = "an answer is not what it should be"
        case liveness = "it does not come to rest in time"
        case centralDiffers = "the central server has something else than the station"
        case damage = "damage was found although nothing was damaged"
        case startFails = "the station does not start"
        case leak = "descriptors, connections or sessions are left over"
        case spin = "the loop turns without end and does nothing"
        case split = "the same input, split differently, is answered differently"
    }

    public let kind: Kind
    /// What was found, as a clause.
    public let text: String
    /// Microseconds of simulated time.
    public let at: Int64

    public var description: String { "\(kind.rawValue): \(text)" }
}
