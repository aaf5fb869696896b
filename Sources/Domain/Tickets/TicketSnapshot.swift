import JSON

/// A ticket together with its user and station as they were at one moment: a whole answer, and what records carry.
public struct TicketSnapshot: Hashable, Sendable {
    /// Without comments and history.
    public let ticket: Ticket
    public let user: Contact

    /// Its `sequence` is 0: the record has its own.
    public let station: SwapStation?

    init(ticket: Ticket, user: Contact, station: SwapStation?) {
        self.ticket = ticket.alone
        self.user = user
        var place = station
        place?.sequence = 0
        self.station = place
    }

    init(_ reader: MemberReader, sequence: UInt64) throws(DocumentFault) {
        ticket = try Ticket(reader, sequence: sequence)
        user = try Contact(try reader.reader("user"))
        station =
            reader.value("station") == nil ? nil : try SwapStation(try reader.reader("station"), sequence: 0)
    }

    /// Writes the ticket as a JSON object with `user` and `station` expanded.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(into: &writer)
        writer.endObject()
    }

    /// Writes the members into an object that has been begun.
    func writeMembers(into writer: inout JSONWriter) { Self.write(ticket, user, station, into: &writer) }

    /// The same without a snapshot being made.
    static func write(_ ticket: Ticket, _ user: Contact, _ station: SwapStation?, into writer: inout JSONWriter) {
        ticket.writeMembers(into: &writer)
        writer.key("user")
        writer.beginObject()
        user.writeMembers(into: &writer)
        writer.endObject()
        writer.key("station")
        if let station {
            writer.beginObject()
            station.writeMembers(into: &writer)
            writer.endObject()
        } else {
            writer.null()
        }
    }

    /// The same as a value.
    var json: JSONValue {
        var object = JSONObject()
        ticket.writeMembers(into: &object)
        var person = JSONObject()
        user.writeMembers(into: &person)
        object["user"] = .object(person)
        object["station"] =
            station.map {
                var place = JSONObject()
                $0.writeMembers(into: &place)
                return .object(place)
            } ?? .null
        return .object(object)
    }
}
