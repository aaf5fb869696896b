/// All that one user was owed, and all that its clients have received, over every connection.
///
/// Moments are of one clock that only goes forward, in whatever unit.
public struct DeliveryHistory: Sendable {
    /// A request whose notification is for this user.
    public struct Write: Sendable {
        /// What the notification says, so that it can be found among those received: each has a subject of its own.
        public let subject: String
        public let begun: UInt64
        /// When success was answered; nil where there was no answer, so that it may have happened or not.
        public var answered: UInt64?

        public init(subject: String, begun: UInt64, answered: UInt64?) {
            self.subject = subject
            self.begun = begun
            self.answered = answered
        }
    }

    public struct Receipt: Sendable {
        public let sequence: UInt64
        public let subject: String
        public let isReplayed: Bool
        public let at: UInt64

        public init(sequence: UInt64, subject: String, isReplayed: Bool, at: UInt64) {
            self.sequence = sequence
            self.subject = subject
            self.isReplayed = isReplayed
            self.at = at
        }
    }

    public struct Connection: Sendable {
        /// When the client began to connect.
        public let began: UInt64
        /// When `connected` was there.
        public var connected: UInt64?
        /// Behind which event it asked to go on.
        public var offset: UInt64?
        /// What the digest said, where one came.
        public var digestCount: Int?
        /// In the order in which they came.
        public var receipts: [Receipt] = []

        public init(
            began: UInt64, connected: UInt64? = nil, offset: UInt64? = nil, digestCount: Int? = nil,
            receipts: [Receipt] = []
        ) {
            self.began = began
            self.connected = connected
            self.offset = offset
            self.digestCount = digestCount
            self.receipts = receipts
        }
    }

    public var writes: [Write] = []
    /// In the order in which the clients began to connect.
    public var connections: [Connection] = []
    /// More missed notifications than this are announced by a digest.
    public var digestAbove = 100

    public init(writes: [Write] = [], connections: [Connection] = [], digestAbove: Int = 100) {
        self.writes = writes
        self.connections = connections
        self.digestAbove = digestAbove
    }
}
