import JSON

/// The whole state as documents: for comparing, and for handing it on whole.
extension Desk {
    /// Gives every document in a fixed order. O(n) in all that the desk holds.
    public func documents(_ visit: (DocumentPath, JSONObject) -> Void) {
        visit(.counters, counters.json())
        if uplink.documentSequence > 0 { visit(.uplink, uplink.json()) }
        Self.visit(stations, as: .stations, visit)
        Self.visit(users, as: .users, visit)
        Self.visit(tickets.rows, as: .tickets, visit)
        Self.visit(feed, as: .notifications, visit)
        for (id, inbox) in inboxes.sorted(by: { $0.key < $1.key }) { visit(DocumentPath(.inboxes, id), inbox.json()) }
        Self.visit(deliveries, as: .deliveries, visit)
        Self.visit(firstAnswers.rows, as: .idempotency, visit)
        Self.visit(fleet.stations, as: .fleet, visit)
        Self.visit(fleet.commands, as: .fleetCommands, visit)
        for (station, table) in fleet.tickets.sorted(by: { $0.key < $1.key }) {
            Self.visit(table.rows, as: .fleetTickets, of: station, visit)
        }
    }

    private static func visit<Row: Document>(
        _ rows: OrderedTable<Row>, as kind: DocumentPath.Kind, of station: Identifier = 0,
        _ visit: (DocumentPath, JSONObject) -> Void
    ) {
        rows.ascending { row in
            visit(DocumentPath(kind, row.id, of: station), row.json())
            return true
        }
    }

    /// The state as text, the same for the same state on every machine: a line for each document, and the last
    /// sequence.
    public func dump() -> [UInt8] {
        var text: [UInt8] = []
        documents { path, document in
            text.append(contentsOf: path.text.utf8)
            text.append(0x20)
            JSONValue.object(document).write(into: &text)
            text.append(0x0A)
        }
        text.append(contentsOf: "sequence \(lastSequence)\n".utf8)
        return text
    }

    /// A number that differs, but for one chance in 2^64, where the state differs: FNV-1a of `dump()`.
    public func fingerprint() -> UInt64 {
        dump().reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
