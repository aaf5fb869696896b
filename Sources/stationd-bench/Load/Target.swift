import Glibc

/// A server under load: a station, or the bare responder in its place.
struct Target {
    /// Its port on loopback.
    let port: UInt16
    let pid: pid_t
    /// The token of the driver who files and reads tickets.
    let driverToken: String
    /// The token for a listener's number. Listeners connect as the technicians in turn.
    let technicianToken: (Int) -> String

    /// What the kernel says about its process.
    var figures: ProcessFigures { ProcessFigures(pid: pid) }
}

/// The request that files a ticket. The ticket's description begins with `#` and a run number of ten digits.
struct TicketRequest {
    private static let opening =
        "{\"user_id\":1,\"station_id\":1,\"type\":\"battery_issue\",\"description\":\"#"

    /// Where the run number begins in the request's content.
    static let runNumberPlace = opening.utf8.count

    /// The whole request, with the run number 0.
    let bytes: [UInt8]
    /// Where the run number begins in the request.
    let runNumberPlace: Int

    /// Creates the request for a server.
    ///
    /// - Parameter descriptionBytes: the length of the description, at least 11.
    init(_ target: Target, descriptionBytes: Int) {
        let words = " The battery does not lock in and the door of the bay stays open."
        var description = String(repeating: "0", count: NotificationPlaces.runNumberWidth)
        while description.utf8.count < descriptionBytes { description += words }
        description = String(description.prefix(descriptionBytes - 1))
        let body = Self.opening + description + "\"}"
        let head =
            "POST /api/v1/support HTTP/1.1\r\nHost: 127.0.0.1:\(target.port)\r\n"
            + "Authorization: Bearer \(target.driverToken)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n"
        bytes = Array((head + body).utf8)
        runNumberPlace = head.utf8.count + Self.runNumberPlace
    }

    /// The request that reads the first ticket.
    static func reading(_ target: Target) -> [UInt8] {
        let head =
            "GET /api/v1/support/1 HTTP/1.1\r\nHost: 127.0.0.1:\(target.port)\r\n"
            + "Authorization: Bearer \(target.driverToken)\r\n\r\n"
        return Array(head.utf8)
    }
}
