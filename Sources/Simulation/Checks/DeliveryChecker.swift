/// What is wrong with a history; nothing, where delivery was as it must be.
///
/// The rules need no knowledge of the station: what was answered arrives at least once; a connection hears of
/// everything from where it begins, in order and once, as long as it is there; it begins no later than behind what the
/// user has received; and `replayed` stands on exactly what happened before the connection was there. Only what the
/// user has marked as read, or what is within a gap that the user was told of, may be missing.
public struct DeliveryChecker {
    public enum Objection: Hashable, CustomStringConvertible, Sendable {
        /// Success was answered, and no connection ever received it.
        case missing(subject: String)
        /// The connection is there since before it was asked for, and has not received it.
        case unheard(subject: String, connection: Int)
        /// Nobody has asked for what it tells of, or it is for somebody else.
        case unknown(subject: String, connection: Int)
        /// One event under two numbers.
        case twoNumbers(subject: String, UInt64, UInt64)
        /// One number for two events.
        case twoSubjects(sequence: UInt64, String, String)
        case repeated(sequence: UInt64, connection: Int)
        case notRising(from: UInt64, to: UInt64, connection: Int)
        /// Other connections have it, and this one has what is before and what is behind it.
        case skipped(sequence: UInt64, connection: Int)
        /// The connection began behind it although the user had not received it.
        case passedOver(sequence: UInt64, connection: Int)
        /// The connection was to go on at once behind its offset.
        case passedOverByOffset(sequence: UInt64, connection: Int)
        case notBehindOffset(sequence: UInt64, connection: Int)
        /// The user had received it before the client began to connect.
        case unmarkedDuplicate(sequence: UInt64, connection: Int)
        /// The request was answered before the client began to connect.
        case unmarkedReplay(sequence: UInt64, connection: Int)
        /// The request was made when the client was connected.
        case liveMarkedAsReplayed(sequence: UInt64, connection: Int)
        case replayedBehindLive(sequence: UInt64, connection: Int)
        /// The client wanted the urgent ones first.
        case notByUrgency(sequence: UInt64, connection: Int)
        /// The digest announced fewer than came.
        case digestTooSmall(announced: Int, replayed: Int, connection: Int)
        /// The digest announced more than came before the first live one.
        case digestTooLarge(announced: Int, replayed: Int, connection: Int)
        /// More were missed than may come without a digest.
        case noDigest(replayed: Int, connection: Int)

        public var description: String {
            switch self {
            case .missing(let subject): "\(subject.prefix(60)) was answered and never arrived"
            case .unheard(let subject, let connection):
                "connection \(connection), which is there all the time, never received \(subject.prefix(60))"
            case .unknown(let subject, let connection):
                "connection \(connection) received \(subject.prefix(60)), which is not owed"
            case .twoNumbers(let subject, let one, let other): "\(subject.prefix(60)) is both \(one) and \(other)"
            case .twoSubjects(let sequence, let one, let other):
                "\(sequence) is both \(one.prefix(60)) and \(other.prefix(60))"
            case .repeated(let sequence, let connection): "connection \(connection) received \(sequence) twice"
            case .notRising(let from, let to, let connection): "connection \(connection) received \(to) after \(from)"
            case .skipped(let sequence, let connection):
                "connection \(connection) received no \(sequence), within a hole"
            case .passedOver(let sequence, let connection):
                "connection \(connection) began behind \(sequence), which the user did not have"
            case .passedOverByOffset(let sequence, let connection):
                "connection \(connection) was to go on with \(sequence), and did with a later one"
            case .notBehindOffset(let sequence, let connection):
                "connection \(connection) received \(sequence), which is not behind its offset"
            case .unmarkedDuplicate(let sequence, let connection):
                "connection \(connection) received \(sequence) again and not marked as replayed"
            case .unmarkedReplay(let sequence, let connection):
                "connection \(connection) received \(sequence), which was before it, not marked as replayed"
            case .liveMarkedAsReplayed(let sequence, let connection):
                "connection \(connection) received \(sequence), which came after it was there, marked as replayed"
            case .replayedBehindLive(let sequence, let connection):
                "connection \(connection) received the replayed \(sequence) after a live one"
            case .notByUrgency(let sequence, let connection):
                "connection \(connection) received \(sequence) after what is less urgent, or later"
            case .digestTooSmall(let announced, let replayed, let connection):
                "connection \(connection) was told of \(announced) and received \(replayed)"
            case .digestTooLarge(let announced, let replayed, let connection):
                "connection \(connection) was told of \(announced) and received \(replayed) before a live one"
            case .noDigest(let replayed, let connection):
                "connection \(connection) received \(replayed) replayed ones without a digest"
            }
        }
    }

    private let history: DeliveryHistory
    private let writes: [String: DeliveryHistory.Write]
    /// When the user first received each.
    private var firstReceived: [UInt64: UInt64] = [:]
    private var subjects: [UInt64: String] = [:]
    /// When a connection of the user began that was told of a gap around it.
    private var toldOfGap: [UInt64: UInt64] = [:]
    /// What is known to exist for this user, rising.
    private var sequences: [UInt64] = []
    private var objections: [Objection] = []

    /// Everything that is wrong, in no particular order but without repetition.
    ///
    /// - Parameter first: connections before this one are taken as good, because they were looked at earlier.
    public static func objections(to history: DeliveryHistory, fromConnection first: Int = 0) -> [Objection] {
        var checker = DeliveryChecker(history)
        checker.checkIdentities()
        checker.checkArrival()
        for number in history.connections.indices where number >= first { checker.check(connection: number) }
        var seen: Set<Objection> = []
        return checker.objections.filter { seen.insert($0).inserted }
    }

    private init(_ history: DeliveryHistory) {
        self.history = history
        writes = Dictionary(history.writes.map { ($0.subject, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Finds out what each number stands for.
    private mutating func checkIdentities() {
        var numbers: [String: UInt64] = [:]
        for receipt in history.connections.flatMap(\.receipts) {
            let subject = subjects[receipt.sequence, default: receipt.subject]
            if subject != receipt.subject {
                objections.append(.twoSubjects(sequence: receipt.sequence, subject, receipt.subject))
            }
            let number = numbers[receipt.subject, default: receipt.sequence]
            if number != receipt.sequence {
                objections.append(.twoNumbers(subject: receipt.subject, number, receipt.sequence))
            }
            subjects[receipt.sequence] = subject
            numbers[receipt.subject] = number
            firstReceived[receipt.sequence] = min(firstReceived[receipt.sequence] ?? .max, receipt.at)
        }
        sequences = subjects.keys.sorted()
        for connection in history.connections where !connection.gaps.isEmpty {
            for sequence in sequences where connection.wasToldOfGap(at: sequence) {
                toldOfGap[sequence] = min(toldOfGap[sequence] ?? .max, connection.began)
            }
        }
    }

    private mutating func checkArrival() {
        let arrived = Set(subjects.values)
        let gaps = history.connections.flatMap(\.gaps)
        for write in history.writes where write.answered != nil && !arrived.contains(write.subject) {
            let possible = possibleSequences(of: write)
            if gaps.contains(where: { $0.overlaps(possible) }) { continue }
            objections.append(.missing(subject: write.subject))
        }
    }

    /// Which numbers the event of a request may have that nobody was told of: it is behind those of requests that were
    /// answered before, and before those of requests that were made after its answer.
    private func possibleSequences(of write: DeliveryHistory.Write) -> ClosedRange<UInt64> {
        var (low, high): (UInt64, UInt64) = (0, .max)
        for (sequence, subject) in subjects {
            guard let other = writes[subject] else { continue }
            if let answered = other.answered, answered < write.begun { low = max(low, sequence) }
            if let answered = write.answered, other.begun > answered { high = min(high, sequence) }
        }
        return low...max(low, high)
    }

    private mutating func check(connection number: Int) {
        let connection = history.connections[number]
        checkOrder(connection, number)
        checkCompleteness(connection, number)
        checkPresence(connection, number)
        for receipt in connection.receipts { checkMark(receipt, connection, number) }
        checkDigest(connection, number)
    }

    private mutating func checkOrder(_ connection: DeliveryHistory.Connection, _ number: Int) {
        var seen: Set<UInt64> = []
        var hasLive = false
        var last: UInt64 = 0
        var urgency = Int.max
        for receipt in connection.receipts {
            let isByUrgency = connection.urgentFirst && receipt.isReplayed
            if isByUrgency, receipt.urgency < urgency { last = 0 }
            if !seen.insert(receipt.sequence).inserted {
                objections.append(.repeated(sequence: receipt.sequence, connection: number))
            } else if isByUrgency, receipt.urgency > urgency || receipt.sequence < last {
                objections.append(.notByUrgency(sequence: receipt.sequence, connection: number))
            } else if receipt.sequence < last {
                objections.append(.notRising(from: last, to: receipt.sequence, connection: number))
            }
            last = isByUrgency ? receipt.sequence : max(last, receipt.sequence)
            urgency = receipt.urgency
            if receipt.isReplayed, hasLive {
                objections.append(.replayedBehindLive(sequence: receipt.sequence, connection: number))
            }
            hasLive = hasLive || !receipt.isReplayed
        }
    }

    private mutating func checkCompleteness(_ connection: DeliveryHistory.Connection, _ number: Int) {
        let received = Set(connection.receipts.map(\.sequence))
        for sequence in received.sorted() where sequence <= connection.offset ?? 0 {
            objections.append(.notBehindOffset(sequence: sequence, connection: number))
        }
        guard let low = received.min(), let high = received.max() else { return }
        // By urgency all is there at the end only.
        if connection.urgentFirst, connection.receipts.allSatisfy(\.isReplayed) { return }
        let start = connection.receipts.map(\.at).min() ?? 0
        for sequence in sequences where sequence < high && !received.contains(sequence) {
            if connection.wasToldOfGap(at: sequence) || history.isRead(sequence) { continue }
            if sequence > low {
                objections.append(.skipped(sequence: sequence, connection: number))
            } else if toldOfGap[sequence] ?? .max < start {
                // The user knows that it is gone.
                continue
            } else if firstReceived[sequence] ?? .max >= start {
                // Only what a client has read can have been proven, and only what is proven is not sent again.
                objections.append(.passedOver(sequence: sequence, connection: number))
            } else if let offset = connection.offset, sequence > offset {
                // Others of the user may have it, but not this client.
                objections.append(.passedOverByOffset(sequence: sequence, connection: number))
            }
        }
    }

    private mutating func checkPresence(_ connection: DeliveryHistory.Connection, _ number: Int) {
        guard connection.isCurrent, let connected = connection.connected else { return }
        let received = Set(connection.receipts.map(\.subject))
        for write in history.writes
        where write.answered != nil && write.begun > connected && !received.contains(write.subject) {
            let known = subjects.first { $0.value == write.subject }?.key
            let possible = known.map { $0...$0 } ?? possibleSequences(of: write)
            // A client that came to be behind is not sent what the user has read elsewhere meanwhile.
            if (connection.gaps + history.read).contains(where: { $0.overlaps(possible) }) { continue }
            objections.append(.unheard(subject: write.subject, connection: number))
        }
    }

    private mutating func checkMark(
        _ receipt: DeliveryHistory.Receipt, _ connection: DeliveryHistory.Connection, _ number: Int
    ) {
        let sequence = receipt.sequence
        guard let write = writes[receipt.subject] else {
            objections.append(.unknown(subject: receipt.subject, connection: number))
            return
        }
        if receipt.isReplayed {
            if let connected = connection.connected, write.begun > connected {
                objections.append(.liveMarkedAsReplayed(sequence: sequence, connection: number))
            }
        } else if firstReceived[sequence] ?? .max < connection.began {
            objections.append(.unmarkedDuplicate(sequence: sequence, connection: number))
        } else if let answered = write.answered, answered < connection.began {
            objections.append(.unmarkedReplay(sequence: sequence, connection: number))
        }
    }

    private mutating func checkDigest(_ connection: DeliveryHistory.Connection, _ number: Int) {
        let replayed = connection.receipts.count(where: \.isReplayed)
        let isComplete = replayed < connection.receipts.count
        guard let announced = connection.digestCount else {
            if replayed > history.digestAbove {
                objections.append(.noDigest(replayed: replayed, connection: number))
            }
            return
        }
        if replayed > announced {
            objections.append(.digestTooSmall(announced: announced, replayed: replayed, connection: number))
        } else if isComplete, replayed < announced, history.read.isEmpty, connection.gaps.isEmpty {
            objections.append(.digestTooLarge(announced: announced, replayed: replayed, connection: number))
        }
    }
}
