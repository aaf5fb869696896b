/// Finds what is wrong with the delivery of notifications to one user.
///
/// The rules need no knowledge of the station:
/// - The notification of an answered request arrives at least once.
/// - A connection receives everything from its first notification on, in order and once, while it is open.
/// - It starts no later than just after what the user has received.
/// - Exactly the notifications of events before the connection are marked as `replayed`.
///
/// Notifications may be missing only if the user has marked them as read, or was told of a gap that covers them.
public struct DeliveryChecker {
    /// One broken rule. Connections are numbered as in `DeliveryHistory.connections`.
    public enum Objection: Hashable, CustomStringConvertible, Sendable {
        /// The request was answered with success, and no connection ever received its notification.
        case missing(subject: String)
        /// The connection was open before the request was made, and has not received its notification.
        case unheard(subject: String, connection: Int)
        /// No such request was made, or its notification is for another user.
        case unknown(subject: String, connection: Int)
        /// One event came under two sequence numbers.
        case twoNumbers(subject: String, UInt64, UInt64)
        /// Two events came under one sequence number.
        case twoSubjects(sequence: UInt64, String, String)
        /// The connection received it more than once.
        case repeated(sequence: UInt64, connection: Int)
        /// The sequence numbers went back.
        case notRising(from: UInt64, to: UInt64, connection: Int)
        /// Other connections have received it, and this one has received earlier and later ones only.
        case skipped(sequence: UInt64, connection: Int)
        /// The connection started after it, although the user had not received it.
        case skippedAtStart(sequence: UInt64, connection: Int)
        /// The connection asked to go on after an offset, and started after a later one.
        case skippedAfterOffset(sequence: UInt64, connection: Int)
        /// It is not after the offset from which the connection asked to go on.
        case notAfterOffset(sequence: UInt64, connection: Int)
        /// It is not marked as replayed, although the user had received it before the client began to connect.
        case unmarkedDuplicate(sequence: UInt64, connection: Int)
        /// It is not marked as replayed, although its request was answered before the client began to connect.
        case unmarkedReplay(sequence: UInt64, connection: Int)
        /// It is marked as replayed, although its request was made after the client had connected.
        case liveMarkedAsReplayed(sequence: UInt64, connection: Int)
        /// It is marked as replayed and came after a live one.
        case replayedAfterLive(sequence: UInt64, connection: Int)
        /// The client asked for urgent ones first, and got it out of that order.
        case notByUrgency(sequence: UInt64, connection: Int)
        /// More replayed ones came than the digest had announced.
        case digestTooSmall(announced: Int, replayed: Int, connection: Int)
        /// Fewer replayed ones came before the first live one than the digest had announced.
        case digestTooLarge(announced: Int, replayed: Int, connection: Int)
        /// More replayed ones came than may come without a digest.
        case noDigest(replayed: Int, connection: Int)

        public var description: String {
            switch self {
            case .missing(let subject): "\(subject.prefix(60)) was answered and never arrived"
            case .unheard(let subject, let connection):
                "connection \(connection) was open all the time and never received \(subject.prefix(60))"
            case .unknown(let subject, let connection):
                "connection \(connection) received \(subject.prefix(60)), which it is not owed"
            case .twoNumbers(let subject, let one, let other): "\(subject.prefix(60)) is both \(one) and \(other)"
            case .twoSubjects(let sequence, let one, let other):
                "\(sequence) is both \(one.prefix(60)) and \(other.prefix(60))"
            case .repeated(let sequence, let connection): "connection \(connection) received \(sequence) twice"
            case .notRising(let from, let to, let connection): "connection \(connection) received \(to) after \(from)"
            case .skipped(let sequence, let connection):
                "connection \(connection) skipped \(sequence)"
            case .skippedAtStart(let sequence, let connection):
                "connection \(connection) started after \(sequence), which the user had not received"
            case .skippedAfterOffset(let sequence, let connection):
                "connection \(connection) should have gone on with \(sequence), and went on with a later one"
            case .notAfterOffset(let sequence, let connection):
                "connection \(connection) received \(sequence), which is not after its offset"
            case .unmarkedDuplicate(let sequence, let connection):
                "connection \(connection) received \(sequence) again without the replayed mark"
            case .unmarkedReplay(let sequence, let connection):
                "connection \(connection) received \(sequence), which is older than it, without the replayed mark"
            case .liveMarkedAsReplayed(let sequence, let connection):
                "connection \(connection) received \(sequence), which is newer than it, with the replayed mark"
            case .replayedAfterLive(let sequence, let connection):
                "connection \(connection) received the replayed \(sequence) after a live one"
            case .notByUrgency(let sequence, let connection):
                "connection \(connection) received \(sequence) after a less urgent or a later one"
            case .digestTooSmall(let announced, let replayed, let connection):
                "connection \(connection) was promised \(announced) replayed ones and received \(replayed)"
            case .digestTooLarge(let announced, let replayed, let connection):
                "connection \(connection) was promised \(announced) replayed ones and received \(replayed) "
                    + "before a live one"
            case .noDigest(let replayed, let connection):
                "connection \(connection) received \(replayed) replayed ones without a digest"
            }
        }
    }

    private let history: DeliveryHistory
    private let writes: [String: DeliveryHistory.Write]
    /// By sequence number: when the user first received it.
    private var firstReceived: [UInt64: UInt64] = [:]
    private var subjects: [UInt64: String] = [:]
    /// By sequence number: when the first connection began that was told of a gap around it.
    private var toldOfGap: [UInt64: UInt64] = [:]
    /// The sequence numbers known to exist for this user, in order.
    private var sequences: [UInt64] = []
    private var objections: [Objection] = []

    /// All objections, without repetition.
    ///
    /// - Parameter first: the first connection to check. Earlier ones were checked before and count as correct.
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

    /// Maps each sequence number to its subject.
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

    /// The sequence numbers that an event may have that nobody was told of: it comes after the requests that were
    /// answered before this one was made, and before those made after this one was answered.
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
                objections.append(.replayedAfterLive(sequence: receipt.sequence, connection: number))
            }
            hasLive = hasLive || !receipt.isReplayed
        }
    }

    private mutating func checkCompleteness(_ connection: DeliveryHistory.Connection, _ number: Int) {
        let received = Set(connection.receipts.map(\.sequence))
        for sequence in received.sorted() where sequence <= connection.offset ?? 0 {
            objections.append(.notAfterOffset(sequence: sequence, connection: number))
        }
        guard let low = received.min(), let high = received.max() else { return }
        // In the order of urgency, holes are filled only by the end.
        if connection.urgentFirst, connection.receipts.allSatisfy(\.isReplayed) { return }
        let start = connection.receipts.map(\.at).min() ?? 0
        for sequence in sequences where sequence < high && !received.contains(sequence) {
            if connection.wasToldOfGap(at: sequence) || history.isRead(sequence) { continue }
            if sequence > low {
                objections.append(.skipped(sequence: sequence, connection: number))
            } else if toldOfGap[sequence] ?? .max < start {
                // The user already knew that it is gone.
                continue
            } else if firstReceived[sequence] ?? .max >= start {
                // The station may omit only what it knows a client has read, so not what none had received by then.
                objections.append(.skippedAtStart(sequence: sequence, connection: number))
            } else if let offset = connection.offset, sequence > offset {
                // Other clients of the user may have it, but not this one.
                objections.append(.skippedAfterOffset(sequence: sequence, connection: number))
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
            // A client that fell behind is not sent what the user has read elsewhere meanwhile.
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
