import Foundation

/// All that one user was owed, and all that its clients have received, over every connection.
///
/// Moments are nanoseconds of CLOCK_MONOTONIC, which is the same for all processes of a machine.
struct DeliveryHistory: Sendable {
    /// A request whose notification is for this user.
    struct Write: Sendable {
        /// What the notification says, so that it can be found among those received: each has a subject of its own.
        let subject: String
        let begun: UInt64
        /// When success was answered; nil where there was no answer, so that it may have happened or not.
        var answered: UInt64?
    }

    struct Receipt: Sendable {
        let sequence: UInt64
        let subject: String
        let isReplayed: Bool
        let at: UInt64
    }

    struct Connection: Sendable {
        /// When the client began to connect.
        let began: UInt64
        /// When `connected` was there.
        var connected: UInt64?
        /// Behind which event it asked to go on.
        var offset: UInt64?
        /// What the digest said, where one came.
        var digestCount: Int?
        /// In the order in which they came.
        var receipts: [Receipt] = []
    }

    var writes: [Write] = []
    /// In the order in which the clients began to connect.
    var connections: [Connection] = []
    /// More missed notifications than this are announced by a digest.
    var digestAbove = 100
}

enum MonotonicNanos {
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
