import Bytes
import Domain
import Platform

/// The changes that each user may make in a minute, over all transports together. REST asks for each request whose
/// route changes something, the sockets for each event that does.
///
/// The machine's owner and the batches of other stations are not users, so they have no such quota.
final class WriteQuota {
    private let configuration: LiveConfiguration
    private let refusals: RefusalCounts
    private var quota = MinuteQuota<Identifier>()

    init(configuration: LiveConfiguration, refusals: RefusalCounts) {
        self.configuration = configuration
        self.refusals = refusals
    }

    /// Counts a change that a user is about to try.
    ///
    /// - Throws: `tooMany` if the user has made too many within a minute.
    func spend(_ user: User, now: Moment) throws(Refusal) {
        let limits = configuration.limits
        let isDriver = user.role == .driver
        let perMinute = isDriver ? limits.driverWritesPerMinuteMax : limits.staffWritesPerMinuteMax
        if let wait = quota.wait(user.id, perMinute: perMinute, now: now.monotonic) {
            refusals.note(isDriver ? .driverWrites : .staffWrites)
            throw .tooMany(
                "Too many changes: at most \(perMinute) in a minute", retryAfterSeconds: Int((wait + 999) / 1000))
        }
        quota.note(user.id, perMinute: perMinute, now: now.monotonic)
    }
}
