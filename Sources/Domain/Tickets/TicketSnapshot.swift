import JSON

/// A ticket with its user and swap station as they were at one moment: the whole answer, and what records contain.
public struct TicketSnapshot: Hashable, Sendable {
    /// The ticket, without comments and history.
    public let ticket: Ticket

    /// Its user.
    public let user: Contact

    /// Its swap station, if it has one. Its `sequence` is 0, because the record has its own.
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

    /// Writes the members into an object that the caller has begun.
    func writeMembers(into writer: inout JSONWriter) { Self.write(ticket, user, station, into: &writer) }

    /// Writes the same without making a snapshot.
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
