import Bytes
import JSON

/// Encodes journal records and tickets as CloudEvents (CloudEvents 1.0, JSON format, structured).
///
///     {"specversion":"1.0","id":"<epoch>-17","source":"/stations/7","type":"support.ticket.updated",
///      "time":"…Z","subject":"tickets/4","sequence":"00000000000000000017","previous":"00000000000000000015",
///      "datacontenttype":"application/json","data":{"by":2,"ticket":{…},"changes":[…]}}
///
/// `sequence` is the record's sequence, padded with zeros so that it also sorts as text. `previous` is an extension
/// attribute: the sequence of the event shipped before, because records that concern the station alone are not shipped
/// and leave gaps in the numbers. `data` is the record without the members that became attributes and without secrets.
///
/// A record is copied in slices and never parsed into values.
public struct CloudEventEncoder: Sendable {
    /// The members of a user that may be shipped. All others stay on the station, above all the password hash.
    private static let userMembers: [StaticString] = [
        "user_id", "username", "email", "phone", "role", "station_id", "active", "created_at",
        "language",
    ]

    /// The beginning of every event, up to the epoch in its id.
    private let idPrefix: [UInt8]
    private let epoch: String
    private let sourceAttribute: [UInt8]

    /// Creates an encoder for the events of one station and epoch.
    public init(stationID: Int64, epoch: String) {
        self.epoch = epoch
        var prefix = Array("{\"specversion\":\"1.0\",\"id\":\"".utf8)
        prefix.append(utf8: epoch)
        prefix.append(UInt8(ascii: "-"))
        idPrefix = prefix
        sourceAttribute = Array("\",\"source\":\"/stations/\(stationID)\",\"type\":\"support.".utf8)
    }

    // MARK: Records

    /// The event of a journal record, or nil if the record concerns the station alone: what was read and delivered
    /// here, how far the uplink is, and what a central server stores.
    ///
    /// - Parameters:
    ///   - record: compact JSON as in the journal, beginning with `seq`, `at`, `by` and `type`.
    ///   - previous: the sequence of the event shipped before.
    ///   - ordinal: the event's number in what the uplink ships.
    public func event(
        of record: [UInt8], sequence: UInt64, previous: UInt64, ordinal: UInt64
    ) -> UplinkEvent? {
        let bytes = record.span
        guard let parts = Parts(bytes), !parts.isLocal(bytes) else { return nil }
        var json: [UInt8] = []
        json.reserveCapacity(record.count + 320)
        json.append(contentsOf: idPrefix)
        json.append(decimal: sequence)
        json.append(contentsOf: sourceAttribute)
        json.append(contentsOf: record[parts.type])
        json.append(literal: "\",\"time\":")
        json.append(contentsOf: record[parts.at])
        json.append(literal: ",\"subject\":\"")
        appendSubject(of: record, parts, to: &json)
        Self.appendOrder(sequence, previous, to: &json)
        appendData(of: record, parts, to: &json)
        json.append(UInt8(ascii: "}"))
        return UplinkEvent(
            ordinal: ordinal, sequence: sequence, previous: previous, id: "\(epoch)-\(sequence)",
            type: "support." + String(decoding: record[parts.type], as: UTF8.self), json: json)
    }

    /// From the end of the subject to the beginning of the data.
    private static func appendOrder(_ sequence: UInt64, _ previous: UInt64, to json: inout [UInt8]) {
        json.append(literal: "\",\"sequence\":\"")
        json.append(decimal: sequence, width: 20)
        json.append(literal: "\",\"previous\":\"")
        json.append(decimal: previous, width: 20)
        json.append(literal: "\",\"datacontenttype\":\"application/json\",\"data\":")
    }

    private func appendData(of record: [UInt8], _ parts: Parts, to json: inout [UInt8]) {
        let bytes = record.span
        json.append(literal: "{\"by\":")
        json.append(contentsOf: record[parts.by])
        var slicer = parts.rest
        while let name = slicer.nextMember(in: bytes) {
            let start = slicer.index
            guard let value = slicer.value(in: bytes) else { break }
            // The idempotency key of a ticket is a matter between the station and the client that filed it. The others
            // are about the station's own time and index.
            if bytes.holds("idempotency", at: name) || bytes.holds("dropped", at: name)
                || bytes.holds("running", at: name) || bytes.holds("noted", at: name)
            {
                continue
            }
            json.append(literal: ",\"")
            json.append(contentsOf: record[name])
            json.append(literal: "\":")
            if bytes.holds("user", at: name) {
                Self.appendUser(of: record, at: start, to: &json)
            } else {
                json.append(contentsOf: record[value])
            }
        }
        json.append(UInt8(ascii: "}"))
    }

    private static func appendUser(of record: [UInt8], at start: Int, to json: inout [UInt8]) {
        let bytes = record.span
        var slicer = JSONSlicer(at: start)
        var isFirst = true
        json.append(UInt8(ascii: "{"))
        guard slicer.beginObject(in: bytes) else { return json.append(UInt8(ascii: "}")) }
        while let name = slicer.nextMember(in: bytes) {
            guard let value = slicer.value(in: bytes) else { break }
            guard userMembers.contains(where: { bytes.holds($0, at: name) }) else { continue }
            if !isFirst { json.append(UInt8(ascii: ",")) }
            isFirst = false
            json.append(UInt8(ascii: "\""))
            json.append(contentsOf: record[name])
            json.append(literal: "\":")
            json.append(contentsOf: record[value])
        }
        json.append(UInt8(ascii: "}"))
    }

    /// Appends `tickets/17`, or the kind alone if the record has no number.
    private func appendSubject(of record: [UInt8], _ parts: Parts, to json: inout [UInt8]) {
        let kind = record[parts.type].prefix { $0 != UInt8(ascii: ".") }
        json.append(contentsOf: kind)
        json.append(literal: "s")
        guard let number = parts.number(in: record.span, of: String(decoding: kind, as: UTF8.self)) else { return }
        json.append(UInt8(ascii: "/"))
        json.append(contentsOf: record[number])
    }

    // MARK: In place of history

    /// The event of a ticket as it is now.
    ///
    /// - Parameters:
    ///   - document: the ticket with everything that belongs to it, as a JSON object.
    ///   - snapshot: the sequence at which the pass began.
    ///   - previous: the sequence of the event shipped before the pass.
    ///   - ordinal: the event's number in what the uplink ships.
    public func snapshot(
        ofTicket ticket: UInt32, document: [UInt8], at time: Timestamp, snapshot: UInt64, previous: UInt64,
        ordinal: UInt64
    ) -> UplinkEvent {
        let suffix = ".\(ticket)"
        var json = head("ticket.snapshot", snapshot, suffix, at: time)
        json.append(literal: "tickets/")
        json.append(decimal: ticket)
        Self.appendOrder(snapshot, previous, to: &json)
        json.append(literal: "{\"snapshot\":")
        json.append(decimal: snapshot)
        json.append(literal: ",\"ticket\":")
        json.append(contentsOf: document)
        json.append(literal: "}}")
        return UplinkEvent(
            ordinal: ordinal, sequence: snapshot, previous: previous, id: "\(epoch)-\(snapshot)\(suffix)",
            type: "support.ticket.snapshot", isSnapshot: true, json: json)
    }

    /// The event that ends a pass of snapshots: the events after `previous` and up to `through` will not come.
    ///
    /// - Parameters:
    ///   - tickets: the number of tickets that were sent as snapshots instead.
    ///   - command: the last command whose outcome is not among the events that still follow.
    ///   - snapshot: the sequence at which the pass began.
    ///   - ordinal: the event's number in what the uplink ships.
    public func missing(
        through: UInt64, tickets: Int, command: (number: UInt64, epoch: String)?, at time: Timestamp,
        snapshot: UInt64, previous: UInt64, ordinal: UInt64
    ) -> UplinkEvent {
        var json = head("history.missing", through, ".missing", at: time)
        json.append(literal: "history")
        Self.appendOrder(through, previous, to: &json)
        json.append(literal: "{\"from\":")
        json.append(decimal: previous &+ 1)
        json.append(literal: ",\"through\":")
        json.append(decimal: through)
        json.append(literal: ",\"snapshot\":")
        json.append(decimal: snapshot)
        json.append(literal: ",\"tickets\":")
        json.append(decimal: tickets)
        if let command, !command.epoch.isEmpty {
            json.append(literal: ",\"command\":{\"number\":")
            json.append(decimal: command.number)
            json.append(literal: ",\"epoch\":")
            json.append(contentsOf: JSONValue.string(command.epoch).encoded())
            json.append(literal: "}")
        }
        json.append(literal: "}}")
        return UplinkEvent(
            ordinal: ordinal, sequence: through, previous: previous, id: "\(epoch)-\(through).missing",
            type: "support.history.missing", json: json)
    }

    /// The beginning of an event, up to the subject.
    private func head(_ type: StaticString, _ sequence: UInt64, _ suffix: String, at time: Timestamp) -> [UInt8] {
        var json = idPrefix
        json.append(decimal: sequence)
        json.append(utf8: suffix)
        json.append(contentsOf: sourceAttribute)
        json.append(literal: type)
        json.append(literal: "\",\"time\":\"")
        time.appendISO8601(to: &json)
        json.append(literal: "\",\"subject\":\"")
        return json
    }
}

/// Where a record has the parts that become attributes.
private struct Parts {
    var at = 0..<0
    var by = 0..<0
    /// Without quotation marks.
    var type = 0..<0
    /// Stands after these members, inside the record's object.
    var rest: JSONSlicer

    /// Finds the parts, or returns nil if the record does not begin as records do.
    init?(_ bytes: Span<UInt8>) {
        rest = JSONSlicer()
        guard rest.beginObject(in: bytes) else { return nil }
        for expected: StaticString in ["seq", "at", "by", "type"] {
            guard let name = rest.nextMember(in: bytes), bytes.holds(expected, at: name),
                let value = rest.value(in: bytes)
            else { return nil }
            switch name.count {
            case 2 where bytes.holds("at", at: name): at = value
            case 2: by = value
            case 4 where value.count > 2: type = (value.lowerBound + 1)..<(value.upperBound - 1)
            default: break
            }
        }
        guard type.count > 0, bytes[type.lowerBound - 1] == UInt8(ascii: "\"") else { return nil }
    }

    /// Whether the record concerns the station alone.
    func isLocal(_ bytes: Span<UInt8>) -> Bool {
        for family: StaticString in ["notifications.", "uplink.", "fleet."] {
            let end = type.lowerBound + family.utf8CodeUnitCount
            if end <= type.upperBound, bytes.holds(family, at: type.lowerBound..<end) { return true }
        }
        return false
    }

    /// Where the number of the record's subject is: in the object of that name or in the record itself.
    func number(in bytes: Span<UInt8>, of kind: String) -> Range<Int>? {
        let member: StaticString
        switch kind {
        case "ticket": member = "support_id"
        case "user": member = "user_id"
        case "station": member = "station_id"
        case "answer": member = "answer_id"
        default: return nil
        }
        var slicer = rest
        while let name = slicer.nextMember(in: bytes) {
            if bytes.holds(member, at: name) { return slicer.value(in: bytes) }
            guard bytes.extracting(name).elementsEqual(kind) else {
                guard slicer.value(in: bytes) != nil else { return nil }
                continue
            }
            guard slicer.beginObject(in: bytes) else { return nil }
            while let inner = slicer.nextMember(in: bytes) {
                guard let value = slicer.value(in: bytes) else { return nil }
                if bytes.holds(member, at: inner) { return value }
            }
        }
        return nil
    }
}

extension Span where Element == UInt8 {
    fileprivate func elementsEqual(_ text: String) -> Bool {
        guard count == text.utf8.count else { return false }
        var index = 0
        for byte in text.utf8 {
            guard self[index] == byte else { return false }
            index += 1
        }
        return true
    }
}
