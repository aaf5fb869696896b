/// All notifications that one user was owed, and all that its clients have received, over every connection.
///
/// All times are of one clock that never goes back, in any unit.
public struct DeliveryHistory: Sendable {
    /// A request whose notification is for this user.
    public struct Write: Sendable {
        /// Identifies the notification among those received: no other request has the same subject.
        public let subject: String
        /// When the request was sent.
        public let begun: UInt64
        /// When success was answered. Nil: there was no answer, and the request may have been carried out or not.
        public var answered: UInt64?

        /// Creates a request from its parts.
        public init(subject: String, begun: UInt64, answered: UInt64?) {
            self.subject = subject
            self.begun = begun
            self.answered = answered
        }
    }

    /// One notification as one client received it.
    public struct Receipt: Sendable {
        /// The sequence number in its id.
        public let sequence: UInt64
        /// The subject of the request that it tells of.
        public let subject: String
        /// Whether it was marked with `replayed:true`.
        public let isReplayed: Bool
        /// When it was received.
        public let at: UInt64
        /// Its priority, from 0 for low to 3 for urgent.
        public let urgency: Int

        /// Creates a receipt from its parts.
        public init(sequence: UInt64, subject: String, isReplayed: Bool, at: UInt64, urgency: Int = 0) {
            self.sequence = sequence
            self.subject = subject
            self.isReplayed = isReplayed
            self.at = at
            self.urgency = urgency
        }
    }

    /// What one connection of one client has received.
    public struct Connection: Sendable {
        /// When the client began to connect.
        public let began: UInt64
        /// When it received `connected`; nil if it never did.
        public var connected: UInt64?
        /// The sequence number after which it asked to go on, if it did.
        public var offset: UInt64?
        /// Whether it asked for missed notifications in the order of urgency.
        public var urgentFirst = false
        /// The count in the digest, if one came.
        public var digestCount: Int?
        /// Ranges of events of which the station said that some are no longer kept.
        public var gaps: [ClosedRange<UInt64>] = []
        /// Whether it is still open and has had time to receive everything.
        public var isCurrent = false
        /// The notifications, in the order of arrival.
        public var receipts: [Receipt] = []

        /// Creates a connection from its parts.
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

    /// The requests, in the order in which they were sent.
    public var writes: [Write] = []
    /// The connections, in the order in which the clients began to connect.
    public var connections: [Connection] = []
    /// The sequence numbers that the user has marked as read. These need not come again.
    public var read: [ClosedRange<UInt64>] = []
    /// The number of missed notifications above which a digest announces them.
    public var digestAbove = 100

    /// Creates a history from its parts.
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
