/// All that one user was owed, and all that its clients have received, over every connection.
///
/// Moments are of one clock that only goes forward, in whatever unit.
public struct DeliveryHistory: Sendable {
    /// A request whose notification is for this user.
    public struct Write: Sendable {
        /// What the notification says, so that it can be found among those received: each has a subject of its own.
        public let subject: String
        /// When the request was sent.
        public let begun: UInt64
        /// When success was answered; nil where there was no answer, so that it may have happened or not.
        public var answered: UInt64?

        public init(subject: String, begun: UInt64, answered: UInt64?) {
            self.subject = subject
            self.begun = begun
            self.answered = answered
        }
    }

    /// One notification as one client received it.
    public struct Receipt: Sendable {
        /// The number in its id.
        public let sequence: UInt64
        public let subject: String
        /// Whether it said `replayed:true`.
        public let isReplayed: Bool
        /// When it was received.
        public let at: UInt64
        /// 0 for low, 3 for urgent.
        public let urgency: Int

        public init(sequence: UInt64, subject: String, isReplayed: Bool, at: UInt64, urgency: Int = 0) {
            self.sequence = sequence
            self.subject = subject
            self.isReplayed = isReplayed
            self.at = at
            self.urgency = urgency
        }
    }

    /// What one connection of one client was told.
    public struct Connection: Sendable {
        /// When the client began to connect.
        public let began: UInt64
        /// When `connected` was there.
        public var connected: UInt64?
        /// Behind which event it asked to go on.
        public var offset: UInt64?
        /// Whether it asked for what it missed in the order of its urgency.
        public var urgentFirst = false
        /// What the digest said, where one came.
        public var digestCount: Int?
        /// Events of which the station said that some are no longer kept, from the first to the last.
        public var gaps: [ClosedRange<UInt64>] = []
        /// Whether it is still there, and has had the time to receive all.
        public var isCurrent = false
        /// In the order in which they came.
        public var receipts: [Receipt] = []

        public init(
            began: UInt64, connected: UInt64? = nil, offset: UInt64? = nil, digestCount: Int? = nil,
            gaps: [ClosedRange<UInt64>] = [], isCurrent: Bool = false, urgentFirst: Bool = false,
            receipts: [Receipt] = []
        ) {
            self.began = began
            self.connected = connected
            self.offset = offset
            self.digestCount = digestCount
            self.gaps = gaps
            self.isCurrent = isCurrent
            self.urgentFirst = urgentFirst
            self.receipts = receipts
        }

        func wasToldOfGap(at sequence: UInt64) -> Bool { gaps.contains { $0.contains(sequence) } }
    }

    /// In the order in which they were asked for.
    public var writes: [Write] = []
    /// In the order in which the clients began to connect.
    public var connections: [Connection] = []
    /// What the user has marked as read: it need not come again.
    public var read: [ClosedRange<UInt64>] = []
    /// More missed notifications than this are announced by a digest.
    public var digestAbove = 100

    public init(
        writes: [Write] = [], connections: [Connection] = [], read: [ClosedRange<UInt64>] = [], digestAbove: Int = 100
    ) {
        self.writes = writes
        self.connections = connections
        self.read = read
        self.digestAbove = digestAbove
    }

    func isRead(_ sequence: UInt64) -> Bool { read.contains { $0.contains(sequence) } }
}
