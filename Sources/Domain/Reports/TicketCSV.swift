import Bytes

/// Tickets as comma-separated values (RFC 4180) for spreadsheets: UTF-8 with a byte order mark, CRLF, and a first line
/// with the names of the columns.
enum TicketCSV {
    /// Bytes of one file. It ends with the ticket that reaches this number.
    static let bytesMax = 2 << 20

    static let head: [UInt8] = [0xEF, 0xBB, 0xBF] + columns

    private static let columns = Array(
        ("support_id,status,priority,type,station_id,station,user_id,username,email,phone,description,response,rating,"
            + "assignee_id,assignee,created_at,updated_at,closed_at,escalated_at\r\n").utf8)

    /// Appends the line of a ticket.
    static func append(_ ticket: Ticket, of desk: Desk, to bytes: inout [UInt8]) {
        let snapshot = desk.snapshot(of: ticket)
        let assignee = ticket.assigneeID.flatMap { desk.users[$0]?.username }
        let fields: [String?] = [
            "\(ticket.id)", ticket.status.rawValue, ticket.priority.rawValue, ticket.type.rawValue,
            ticket.stationID.map { "\($0)" }, snapshot.station?.name, "\(ticket.userID)", snapshot.user.username,
            snapshot.user.email, snapshot.user.phone, ticket.description, ticket.response,
            ticket.rating.map { "\($0)" }, ticket.assigneeID.map { "\($0)" }, assignee, ticket.createdAt.iso8601,
            ticket.updatedAt.iso8601, ticket.closedAt?.iso8601, ticket.escalatedAt?.iso8601,
        ]
        for (index, field) in fields.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(field ?? "", to: &bytes)
        }
        bytes.append(literal: "\r\n")
    }

    private static func append(_ field: String, to bytes: inout [UInt8]) {
        let text = field.utf8
        let isFormula = text.first.map(beginsFormula) ?? false
        guard isFormula || text.contains(where: isSpecial) else { return bytes.append(contentsOf: text) }
        bytes.append(UInt8(ascii: "\""))
        // A spreadsheet would run what looks like a formula. An apostrophe makes it a text.
        if isFormula { bytes.append(UInt8(ascii: "'")) }
        for byte in text {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func beginsFormula(_ byte: UInt8) -> Bool {
        // Full-width signs (U+FF0B and the like) begin with 0xEF.
        [0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D, 0x0A, 0xEF].contains(byte)
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        [0x22, 0x2C, 0x3B, 0x09, 0x0A, 0x0D].contains(byte)
    }
}
