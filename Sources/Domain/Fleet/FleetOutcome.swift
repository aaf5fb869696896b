import JSON
import Store

/// What became of a command.
public struct FleetOutcome: Hashable, Sendable {
    /// How a command ended.
    public enum Status: String, CaseIterable, Sendable {
        /// The station made the change, found nothing to change, or refused the command.
        case applied, unchanged, refused
        /// The command was cancelled before its outcome was here, or its station was removed.
        case cancelled
        /// The station has handled the command, but the history that tells how is missing.
        case unknown
        /// The station could not verify that a command with this identity is the central server's.
        case unverified

        /// Whether the station itself has told it. Such an outcome is final; the others give way to it.
        var isStations: Bool {
            switch self {
            case .applied, .unchanged, .refused: true
            case .cancelled, .unknown, .unverified: false
            }
        }
    }

    /// The command's identity.
    public let id: String

    /// How the command ended.
    public let status: Status

    /// The status code of a refusal that a client would have got; nil for other outcomes.
    public let statusCode: Int64?

    /// The reason of a refusal: a sentence, or an array of sentences, of at most `FleetLimits.outcomeMessageBytesMax`
    /// in all. Nil for other outcomes.
    public let message: JSONValue?

    /// The bytes of its texts.
    var textBytes: Int {
        id.utf8.count + (message?.arrayValue ?? [message ?? .null]).reduce(0) { $0 + ($1.stringValue?.utf8.count ?? 0) }
    }

    /// Creates an outcome that the station has not told.
    init(id: String, _ status: Status) {
        (self.id, self.status, statusCode, message) = (id, status, nil, nil)
    }

    /// Reads the outcome in the data of an event; nil if the event is not an outcome.
    init?(_ data: MemberReader, type: String) throws(DocumentFault) {
        let distrusted = type == "support.command.refused" ? data.value("distrusted")?.stringValue : nil
        guard data.value("command") != nil || distrusted != nil else { return nil }
        id = if let distrusted { distrusted } else { try data.reader("command").string("id") }
        guard id.utf8.count <= FleetLimits.nameBytesMax else { throw data.fault("command.id", "is too long") }
        switch type {
        case _ where distrusted != nil:
            status = .unverified
            statusCode = data.value("statusCode")?.integerValue
            message = Self.bounded(data.value("message"))
        case "support.command.refused":
            // A malformed reason is no reason to wait for another outcome.
            status = .refused
            statusCode = data.value("statusCode")?.integerValue
            message = Self.bounded(data.value("message"))
        case "support.command.unchanged": (status, statusCode, message) = (.unchanged, nil, nil)
        default: (status, statusCode, message) = (.applied, nil, nil)
        }
    }

    /// Reads the members of a finished command.
    init(_ command: MemberReader, id: String) throws(DocumentFault) {
        self.id = id
        status = try command.word("status")
        statusCode = command.value("statusCode") == nil ? nil : try command.integer("statusCode")
        message = command.value("message")
    }

    /// The part of a message that is kept: its texts, as many as there is room for, the last one perhaps truncated.
    private static func bounded(_ message: JSONValue?) -> JSONValue? {
        var room = FleetLimits.outcomeMessageBytesMax
        guard let sentences = message?.arrayValue else { return message?.stringValue.flatMap { cut($0, to: &room) } }
        return .array(sentences.compactMap { $0.stringValue.flatMap { cut($0, to: &room) } })
    }

    /// Truncates a text to `room` bytes and subtracts its length from them; nil if there is no room. Each text counts
    /// one byte more than it has, so that an array of empty texts is bounded too.
    private static func cut(_ text: String, to room: inout Int) -> JSONValue? {
        guard room > 0 else { return nil }
        guard text.utf8.count >= room else {
            room -= text.utf8.count + 1
            return .string(text)
        }
        let mark = "…"
        var kept = String.UnicodeScalarView()
        var bytes = mark.utf8.count
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            guard bytes < room else { break }
            kept.append(scalar)
        }
        room = 0
        return .string(String(kept) + mark)
    }

    /// Writes `status`, and for a refusal `statusCode` and `message`.
    public func writeMembers(into object: inout JSONObject) {
        object["status"] = .string(status.rawValue)
        if let statusCode { object["statusCode"] = .integer(statusCode) }
        if let message { object["message"] = message }
    }
}

/// How far a station has come with the commands of a central server: it has handled all up to a number.
struct FleetProgress: Hashable {
    /// The central server's epoch, in which the number has its meaning.
    let epoch: String
    let number: UInt64

    /// Reads `{epoch, number}`; nil if `value` is not that.
    init?(_ value: JSONValue?) {
        guard let epoch = value?["epoch"]?.stringValue, StationFile.isValid(epoch: epoch),
            let number = value?["number"]?.integerValue.flatMap({ UInt64(exactly: $0) })
        else { return nil }
        (self.epoch, self.number) = (epoch, number)
    }

    var json: JSONObject { ["number": JSONValue(number), "epoch": .string(epoch)] }

    func includes(_ command: FleetCommand) -> Bool {
        command.number <= number && NotificationID(command.id)?.epoch == epoch
    }
}
