/// Known mistakes, one of which a simulated machine can be made to have: to see that the hunt finds it.
///
/// Each is made here, in what stands between the product and the simulated world; the product has no such switch.
public enum PlantedBug: String, CaseIterable, Sendable {
    /// Replies and notifications leave before the journal is synchronized.
    case replyBeforeCommit = "replies before the commit"
    case journalSyncSkipped = "no synchronization of the journal"
    case directorySyncSkipped = "no synchronization of directories"
    case documentSyncSkipped = "no synchronization of ticket files before they get their names"
    /// What a failed synchronization was for is taken as written.
    case failedSyncForgiven = "a failed synchronization is passed over"
    /// The checkpointer notes that it is done, and has not written anything.
    case checkpointAheadOfDocuments = "the checkpoint's cursor runs ahead of the documents"
    /// A restored backup goes on under its old name.
    case forgottenEpoch = "no new epoch after a backup was restored"
    /// What was handed to the kernel counts as received.
    case deliveredWhenWritten = "the inbox cursor moves when a notification is written"
    case replayMarkLost = "notifications that are sent again do not say so"
    /// Now and then a request is answered as if an admin had made it.
    case wrongCaller = "requests are answered with somebody else's rights"
    case leakedDescriptor = "connections that are reset are not closed"
    /// The loop waits for the network only.
    case lostTimers = "timers do not wake the loop"
    /// What a full connection does not take is forgotten.
    case droppedBytes = "bytes that a connection does not take are dropped"
    /// A socket is told of one ticket and of none that comes later.
    case forgottenSubscriber = "a socket that is there is forgotten"
    case centralReplyBeforeCommit = "the central server accepts events before the commit"
    case centralJournalSyncSkipped = "no synchronization of the central server's journal"

    /// The machine that has it: the station, or the central server.
    var isCentral: Bool { self == .centralReplyBeforeCommit || self == .centralJournalSyncSkipped }

    /// The same where it is no matter which machine has it.
    var mistake: PlantedBug {
        switch self {
        case .centralReplyBeforeCommit: .replyBeforeCommit
        case .centralJournalSyncSkipped: .journalSyncSkipped
        default: self
        }
    }
}
