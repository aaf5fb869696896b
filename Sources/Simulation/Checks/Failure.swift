/// A broken promise that a run has found.
public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which promise is broken. A shrunk plan must break the same one.
    public enum Kind: String, CaseIterable, Sendable {
        /// A change that was answered with success is gone, or one that was not asked for is there.
        case lost = "an answered change is lost"
        /// A reply, a notification or an acceptance was sent that a power cut would now take back.
        case notDurable = "something was told before it was durable"
        /// A copy of the disk, opened anew, gives another state than the running process has.
        case replayDiffers = "the journal and the live state differ"
        /// A notification was missed, repeated, out of order, or sent to the wrong user.
        case delivery = "notifications are not delivered as promised"
        /// A user was shown somebody else's ticket.
        case permission = "a user was shown or allowed something forbidden"
        /// A request was refused or failed without a fault that explains it.
        case answer = "a request is not answered as it should be"
        /// The faults have stopped, and still something is not done in time.
        case liveness = "the system does not come to rest in time"
        /// The central server has other tickets or comments than the station.
        case centralDiffers = "the central server and the station differ"
        /// A finding of damage on a disk that the plan did not damage.
        case damage = "damage was found on an undamaged disk"
        /// A start, or the opening of a copy of the disk, failed without a fault that explains it.
        case startFails = "the station does not start"
        /// Descriptors, connections, sessions or files are open when all clients have gone.
        case leak = "descriptors, connections or sessions are left over"
        /// The loop turns again and again without an event.
        case spin = "the loop spins"
        /// The answers depend on where the bytes of the requests were cut.
        case split = "the same bytes, cut differently, are answered differently"
    }

    /// The promise that is broken.
    public let kind: Kind
    /// What was found, as a clause.
    public let text: String
    /// When it was found, in microseconds of simulated time.
    public let at: Int64

    public var description: String { "\(kind.rawValue): \(text)" }
}
