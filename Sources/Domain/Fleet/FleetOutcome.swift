import JSON
import Store

/// What came of a command: the event that it led to, one that says why there is none, or why nobody knows.
public struct FleetOutcome: Hashable, Sendable {
    public enum Status: String, CaseIterable, Sendable {
        case applied, unchanged, refused
        /// It was taken back before its outcome was here, or its station was removed.
        case cancelled
        /// The station has dealt with it, and the history that tells how is missing.
        case unknown

        /// Whether the station itself has said so: that stands, and what is below gives way to it.
        var isStations: Bool {
            switch self {
            case .applied, .unchanged, .refused: true
            case .cancelled, .unknown: false
            }
        }
    }

    /// The command's identity.
    public let id: String
    public let status: Status

    /// Of a refusal: the answer that a client would have got.
    public let statusCode: Int64?
    /// A sentence, or an array of sentences, of at most `FleetLimits.outcomeMessageBytesMax` in all.
    public let message: JSONValue?

    /// The bytes of its texts.
    var textBytes: Int {
        id.utf8.count + (message?.arrayValue ?? [message ?? .null]).reduce(0) { $0 + ($1.stringValue?.utf8.count ?? 0) }
    }

    /// An outcome that the station has not told.
    init(id: String, _ status: Status) {
        (self.id, self.status, statusCode, message) = (id, status, nil, nil)
    }

    /// Nil where the event comes of no command.
    init?(_ data: MemberReader, type: String) throws(DocumentFault) {
        guard data.value("command") != nil else { return nil }
        id = try data.reader("command").string("id")
        guard id.utf8.count <= FleetLimits.nameBytesMax else { throw data.fault("command.id", "is too long") }
        switch type {
        case "support.command.refused":
            // A reason that is not as it should be is no reason to wait for another outcome.
            status = .refused
            statusCode = data.value("statusCode")?.integerValue
            message = Self.bounded(data.value("message"))
        case "support.command.unchanged": (status, statusCode, message) = (.unchanged, nil, nil)
        default: (status, statusCode, message) = (.applied, nil, nil)
        }
    }

    /// Reads the members of a command that is finished.
    init(_ command: MemberReader, id: String) throws(DocumentFault) {
        self.id = id
        status = try command.word("status")
        statusCode = command.value("statusCode") == nil ? nil : try command.integer("statusCode")
        message = command.value("message")
    }

    /// What of a message is kept: texts, as many as there is room for, the last perhaps cut.
    private static func bounded(_ message: JSONValue?) -> JSONValue? {
        var room = FleetLimits.outcomeMessageBytesMax
        guard let sentences = message?.arrayValue else { return message?.stringValue.flatMap { cut($0, to: &room) } }
        return .array(sentences.compactMap { $0.stringValue.flatMap { cut($0, to: &room) } })
    }

    /// As much of the text as fits into `room` bytes, which are used up by it; nil where none does. An array of empty
    /// texts is bounded, too: each counts one byte more than it has.
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

    /// Writes `status`, and of a refusal `statusCode` and `message`.
    public func writeMembers(into object: inout JSONObject) {
        object["status"] = .string(status.rawValue)
        if let statusCode { object["statusCode"] = .integer(statusCode) }
        if let message { object["message"] = message }
    }
}

/// How far a station has come with the commands of a central server: it has dealt with all up to a number.
struct FleetProgress: Hashable {
    /// The central server's, in which the number has its meaning.
    let epoch: String
    let number: UInt64

    /// Reads `{epoch, number}`; nil where it is nothing of the kind.
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
