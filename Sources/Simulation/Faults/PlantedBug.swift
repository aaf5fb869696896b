/// Known bugs. One of them can be planted in a simulated machine, to prove that a hunt finds it.
///
/// They are made here, between the product and the simulated world; the product has no switch for them.
public enum PlantedBug: String, CaseIterable, Sendable {
    /// Replies and notifications leave before the journal is synchronized.
    case replyBeforeCommit = "replies are sent before the commit"
    /// Replies and notifications leave while the batch that they are in is being synchronized.
    case releasedEarly = "answers are released one batch early"
    /// Reads are answered at once, whatever they show.
    case unheldReads = "reads show what is not durable"
    /// Two answers that leave together change places.
    case answersSwapped = "answers come out of order"
    /// The end of a synchronization is told when it begins.
    case syncEndsEarly = "a synchronization ends before its write"
    /// `fdatasync` of the journal does nothing.
    case journalSyncSkipped = "the journal is not synchronized"
    /// `fsync` of a directory does nothing.
    case directorySyncSkipped = "directories are not synchronized"
    /// New files of tickets are renamed into place without `fdatasync`.
    case documentSyncSkipped = "ticket files are not synchronized before they are renamed"
    /// After a failed synchronization its bytes count as durable.
    case failedSyncForgiven = "a failed synchronization is ignored"
    /// The checkpointer moves its cursor without writing any document.
    case checkpointAheadOfDocuments = "the checkpoint's cursor runs ahead of the documents"
    /// A restored backup keeps its epoch.
    case forgottenEpoch = "a restored backup begins no new epoch"
    /// Bytes handed to the kernel count as received.
    case deliveredWhenWritten = "the inbox cursor moves when a notification is written"
    /// Clients do not see `replayed` on notifications that come again.
    case replayMarkLost = "notifications that come again are not marked as replayed"
    /// Every third read is answered as if an admin had asked.
    case wrongCaller = "reads are answered with an admin's rights"
    /// A connection that fails stays in the table for ever.
    case leakedDescriptor = "reset connections are not closed"
    /// The loop waits for the network only.
    case lostTimers = "timers do not wake the loop"
    /// Bytes that do not fit into a full connection are forgotten.
    case droppedBytes = "bytes that a connection has no room for are dropped"
    /// Each connection is told of one ticket only.
    case forgottenSubscriber = "a connected socket is forgotten"
    /// What is sent together with a notification of a comment never leaves.
    case lostComment = "comments are not told"
    /// `replyBeforeCommit` in the central server.
    case centralReplyBeforeCommit = "the central server accepts events before the commit"
    /// `journalSyncSkipped` in the central server.
    case centralJournalSyncSkipped = "the central server's journal is not synchronized"

    /// Whether the central server has it rather than the station.
    var isCentral: Bool { self == .centralReplyBeforeCommit || self == .centralJournalSyncSkipped }

    /// The bug itself, whichever machine has it.
    var mistake: PlantedBug {
        switch self {
        case .centralReplyBeforeCommit: .replyBeforeCommit
        case .centralJournalSyncSkipped: .journalSyncSkipped
        default: self
        }
    }
}
