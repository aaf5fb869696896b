import JSON

// Seeds for the station, in the format that `StationSteps` reads.

extension StationSteps {
    private static func ask(_ target: String, _ choice: UInt8, _ body: String = "{}", age: UInt8 = 0) -> [UInt8] {
        let text = [UInt8](body)
        let place = targets.firstIndex { $0 == target } ?? 0
        let count = target.hasPrefix("GET") ? [] : [UInt8(text.count >> 8), UInt8(text.count & 255)] + text
        return [2 | age << 4, UInt8(place), choice] + count
    }

    private static func frame(_ text: String, age: UInt8 = 0) -> [UInt8] {
        [3 | age << 4, 0, UInt8(text.utf8.count)] + [UInt8](text)
    }

    private static func piece(_ step: UInt8, _ text: String) -> [UInt8] {
        [step, UInt8(truncatingIfNeeded: text.utf8.count)] + [UInt8](text)
    }

    private static let ticket = ask(
        "POST /api/v1/support", 2, "{\"user_id\":3,\"description\":\"d\",\"station_id\":1}")
    /// Several children end, among them those that allocate a segment.
    private static let children: [UInt8] = [6, 0, 6, 0, 6, 0]
    private static let later: [UInt8] = [5, 60]

    static var seeds: [[UInt8]] {
        targets.map { [1] + ask($0, 0) } + clientSeeds + ownerSeeds + fleetSeeds + centralSeeds + [
            [0] + piece(1, "GET / HTTP/1.1\r\nHost: a\r\n\r\n") + [4, 11, 255], [0, 10, 0] + ticket + [10, 1],
        ]
    }

    /// Requests of every kind, from clients of a central server.
    static var everything: [UInt8] {
        let login = "{\"email\":\"ann@example.com\",\"password\":\"p\"}"
        let connect = frame("40/notifications,{\"token\":\"T\",\"recovery\":true}")
        return [1] + ask("GET /api/v1/support", 0) + ask("GET /api/v1/notifications", 2) + ask("GET /api/v1/status", 0)
            + ask("GET /api/v1/fleet", 0) + ask("GET /api/v1/stations/7/support", 0) + ask("GET /metrics", 7) + [0]
            + ask("GET /socket.io/?EIO=4&transport=websocket", 7) + connect + [0] + ticket
            + ask("PATCH /api/v1/support/1", 0, "{\"response\":\"x\"}") + ask("POST /api/v1/auth/login", 7, login)
            + children + frame("3", age: 1) + later + children
            + ask("POST /api/v1/sync/stations/7/events", 3, JSONValue.array(Array(FleetEvents.pass[..<2])).text) + later
    }

    private static var clientSeeds: [[UInt8]] {
        let socket = ask("GET /socket.io/?EIO=4&transport=websocket", 7)
        let connect = frame("40/notifications,{\"token\":\"T\",\"recovery\":true,\"acknowledgements\":true}")
        let plain = ask("GET /notifications", 7)
        let login = "{\"email\":\"ann@example.com\",\"password\":\"p\"}"
        let user = "{\"username\":\"u\",\"email\":\"u@example.com\",\"password\":\"12345678\"}"
        let password = "{\"current_password\":\"p\",\"new_password\":\"12345678\"}"
        return [
            [0] + ticket + ask("PATCH /api/v1/support/1", 0, "{\"status\":\"closed\"}") + later + children,
            [0] + ask("POST /api/v1/support", 4, "{\"user_id\":3,\"description\":\"d\"}")
                + ask("GET /api/v1/notifications", 0),
            [0] + ask("POST /api/v1/auth/login", 7, login) + children + [6, 2],
            [0] + ask("POST /api/v1/users", 0, user) + children,
            [0] + ask("PATCH /api/v1/auth/password", 0, password) + children + children,
            [0] + socket + connect + frame("42/notifications,1[\"notifications:list\",{}]") + frame("3") + [0] + ticket
                + frame("3", age: 1) + later + frame("43/notifications,0[]", age: 1) + later + frame("3", age: 1)
                + later,
            [0] + plain + frame("{\"event\":\"auth\",\"data\":{\"token\":\"T\"}}") + [0] + ticket + [
                3 | 1 << 4, 3, 4, 0, 0, 0, 1,
            ]
                + frame("{\"event\":\"notifications:read\",\"data\":{\"ids\":[]}}", age: 1) + later,
            [0] + ask("GET /socket.io/?EIO=4&transport=polling", 7) + piece(12, "40/notifications,{}") + [13, 0, 13]
                + piece(12 | 1 << 4, "41/notifications,\u{1E}1"),
        ]
    }

    private static var ownerSeeds: [[UInt8]] {
        let user = "{\"username\":\"u\",\"email\":\"u@e.de\",\"password_hash\":\"x\"}"
        let station = "{\"station_id\":8,\"token_sha256\":\"\(String(repeating: "a", count: 64))\"}"
        return [
            ask("POST /control/v1/users", 7, user), ask("POST /control/v1/tokens", 7, "{\"user\":\"ann\"}") + [11, 0],
            ask("PUT /control/v1/users/2/password", 7, "{\"password_hash\":\"x\"}"),
            ask("POST /control/v1/stations", 7, "{\"name\":\"n\"}"), ask("POST /control/v1/fleet", 7, station),
            ask("PUT /control/v1/fleet/7/token", 7, station), ask("DELETE /control/v1/fleet/7", 7, "{\"purge\":true}"),
        ].map { [1, 0, 255] + $0 }
    }

    private static var fleetSeeds: [[UInt8]] {
        let close = "{\"type\":\"ticket.close\",\"data\":{\"support_id\":1}}"
        let batches = [FleetEvents.pass] + FleetEvents.pass.map { [$0] }
        return batches.map { batch in
            [1] + ask("POST /api/v1/sync/stations/7/events", 3, JSONValue.array(batch).text)
                + ask("GET /api/v1/sync/stations/7", 3) + ask("GET /api/v1/stations/7/support", 0)
        } + [
            [1] + ask("GET /api/v1/sync/stations/7/commands?after=0&wait=1", 3) + [0]
                + ask("POST /api/v1/stations/7/commands", 0, close) + [5, 20]
                + ask("DELETE /api/v1/stations/7/commands/17", 0) + ask("GET /api/v1/fleet", 0)
        ]
    }

    private static var centralSeeds: [[UInt8]] {
        let place =
            "{\"acceptedThrough\":\"00000000000000000003\",\"epoch\":\"here\",\"last\":{\"type\":\"a\",\"time\":\"b\"}}"
        let nothing = "{\"acceptedThrough\":\"00000000000000000000\",\"epoch\":\"x\"}"
        let stored = "{\"acceptedThrough\":\"00000000000000000020\",\"epoch\":\"here\"}"
        let commands =
            "{\"epoch\":\"c\",\"commands\":[{\"number\":9,\"id\":\"c-9\",\"type\":\"ticket.close\","
            + "\"data\":{\"support_id\":1}}]}"
        return [
            [2] + piece(8, place) + [0] + ticket + later + children,
            [2] + piece(8, nothing) + [0] + piece(8, stored) + [0] + later,
            [2] + piece(8, nothing) + [0] + piece(8, commands) + [1] + later, [4, 14] + ticket + [14],
            [2, 9] + later + [9] + later,
            [4, 14] + piece(7, "-ERR 'Authorization Violation'\r\n"), [6, 5, 10, 7, 3, 1, 2, 3] + later,
        ]
    }
}
