import JSON

/// Fills a station with what a load needs. The station has no limits meanwhile.
struct CrowdScene {
    private static let filers = 16
    private static let textLength = 5000
    private static let queriedBytes = 400
    /// The password of all who log in.
    static let password = "correct horse battery"

    let load: CrowdLoad
    let sizes: CrowdSizes

    /// Prepares a fresh station. Afterwards ticket 1 is there.
    func prepare(_ station: StationUnderTest, _ workbench: Workbench) throws(BenchFault) {
        let count = sizes.longTexts
        switch load {
        case .lists, .frames:
            try file(1, "A door.", at: station)
            try fillInbox(count, at: station)
        case .search: try file(count, String(repeating: "a", count: Self.textLength), at: station)
        case .escapes: try file(count, String(repeating: "\u{1}", count: Self.textLength), at: station)
        case .query:
            try Filing.file(sizes.queriedTickets, at: station, descriptionBytes: Self.queriedBytes, workbench)
        case .logins:
            try file(1, "A door.", at: station)
            for number in 0...sizes.otherLogins { try addUser(number, to: station) }
        case .bodies, .silence, .filing, .keys: try file(1, "A door.", at: station)
        }
        _ = try Filing.waitForCheckpoint(station, secondsMax: sizes.checkpointSecondsMax, workbench)
    }

    private func file(_ count: Int, _ description: String, at station: StationUnderTest) throws(BenchFault) {
        let body: JSONValue = ["user_id": 1, "station_id": 1, "description": .string(description)]
        let token = station.target.driverToken
        try repeatRequest(count, RequestText.stamped("POST", "/api/v1/support", token: token, body), at: station)
    }

    /// Changes the driver's ticket again and again: each change is a notification with all of the ticket.
    private func fillInbox(_ count: Int, at station: StationUnderTest) throws(BenchFault) {
        let response = "#0000000000" + String(repeating: "x", count: Self.textLength - 11)
        let token = People.admin.token(secret: station.secret)
        let request = RequestText.stamped("PATCH", "/api/v1/support/1", token: token, ["response": .string(response)])
        try repeatRequest(count, request, at: station)
    }

    private func repeatRequest(
        _ count: Int, _ request: (bytes: [UInt8], stampPlace: Int?), at station: StationUnderTest
    ) throws(BenchFault) {
        let loop = try VisitorLoop(station.target)
        var group = VisitorGroup(name: "preparing \(load.rawValue)", request: request.bytes)
        (group.connections, group.stampPlace) = (min(count, Self.filers), request.stampPlace)
        loop.add(group)
        try loop.run(successes: count)
    }

    /// The account with this number. Number 0 is the one that logs in without a pause.
    static func email(_ number: Int) -> String { "person_\(number)@example.com" }

    private func addUser(_ number: Int, to station: StationUnderTest) throws(BenchFault) {
        let body: JSONValue = [
            "email": .string(Self.email(number)), "username": .string("person_\(number)"), "role": "driver",
            "password": .string(Self.password),
        ]
        let token = People.admin.token(secret: station.secret)
        try BlockingClient(.port(station.port)).json(.post, "/api/v1/users", token: token, body)
    }
}
