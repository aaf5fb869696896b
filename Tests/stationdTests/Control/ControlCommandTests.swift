import HTTP
import JSON
import Testing

@testable import stationd

@Suite struct ControlCommandTests {
    private let john: JSONObject = [
        "user_id": 7, "username": "john_driver", "email": "john@example.com", "phone": nil, "role": "driver",
        "station_id": nil, "active": true,
    ]
    private let anna: JSONObject = [
        "user_id": 12, "username": "Anna", "email": "anna@example.com", "role": "station_staff", "station_id": 2,
        "active": false,
    ]

    private func failure(_ command: ControlCommand, _ station: FakeStation, hash: String? = nil) -> CommandFailure? {
        var station = station
        do {
            _ = try command.run(over: &station, passwordHash: hash)
            return nil
        } catch {
            return error
        }
    }

    @Test func `user add sends the hash instead of the password`() throws {
        var station = FakeStation()
        let user = UserDescription(email: "a@b.c", username: "a", role: "station_staff", phone: "1", stationID: 3)
        let text = try ControlCommand.addUser(user, .terminal).run(over: &station, passwordHash: "$y$hash")
        #expect(text == "added user 1 (a)\n")
        let body: JSONValue = [
            "email": "a@b.c", "username": "a", "role": "station_staff", "phone": "1", "station_id": 3,
            "password_hash": "$y$hash",
        ]
        #expect(station.requests == [ControlRequest(.post, "/users", body)])
    }

    @Test func `user list prints a table`() throws {
        var station = FakeStation(users: [john, anna])
        let text = try ControlCommand.listUsers(asJSON: false).run(over: &station, passwordHash: nil)
        #expect(
            text == """
                ID  USERNAME     EMAIL             ROLE           STATION  ACTIVE
                7   john_driver  john@example.com  driver         -        yes
                12  Anna         anna@example.com  station_staff  2        no

                """)
    }

    @Test func `user list as JSON prints the station's answer`() throws {
        var station = FakeStation(users: [john])
        let text = try ControlCommand.listUsers(asJSON: true).run(over: &station, passwordHash: nil)
        #expect(try JSONParser.parse(Array(text.utf8)) == [.object(john)])
        #expect(text.hasSuffix("]\n"))
    }

    @Test func `control characters do not reach the terminal`() throws {
        var user = john
        user["username"] = "\u{1B}[31mred\u{9B}\n"
        var station = FakeStation(users: [user])
        let text = try ControlCommand.listUsers(asJSON: false).run(over: &station, passwordHash: nil)
        #expect(text.contains("?[31mred??"))
    }

    @Test(arguments: ["7", "john@example.com", "john_driver", "John@Example.com", "JOHN_DRIVER"])
    func `a user is found by number, address or name`(_ reference: String) throws {
        var station = FakeStation(users: [anna, john])
        let text = try ControlCommand.disableUser(reference).run(over: &station, passwordHash: nil)
        #expect(text == "disabled user 7 (john_driver)\n")
        #expect(station.requests.last == ControlRequest(.patch, "/users/7", ["active": false]))
    }

    @Test(arguments: ["8", "nobody@example.com", "nobody", "john", "07x"]) func `an unknown user is reported by name`(
        _ reference: String
    ) {
        let failure = failure(.disableUser(reference), FakeStation(users: [anna, john]))
        #expect(failure == CommandFailure(.unknownUser, "there is no user \(reference)"))
    }

    @Test func `sign-out ends the tokens of the user that is named`() throws {
        var station = FakeStation(users: [anna, john])
        let text = try ControlCommand.signOutUser("john_driver").run(over: &station, passwordHash: nil)
        #expect(text == "signed out user 7 (john_driver)\n")
        #expect(station.requests.last == ControlRequest(.post, "/users/7/logout"))
    }

    @Test func `unlock names the user's number`() throws {
        var station = FakeStation(users: [anna, john])
        let text = try ControlCommand.unlockUser("7").run(over: &station, passwordHash: nil)
        #expect(text == "unlocked user 7 (john_driver)\n")
        #expect(station.requests.last == ControlRequest(.post, "/users/7/unlock"))
    }

    @Test func `passwd sends the hash`() throws {
        var station = FakeStation(users: [john])
        let text = try ControlCommand.setPassword(of: "7", .terminal).run(over: &station, passwordHash: "$y$hash")
        #expect(text == "changed the password of user 7 (john_driver)\n")
        #expect(station.requests.last == ControlRequest(.put, "/users/7/password", ["password_hash": "$y$hash"]))
    }

    @Test func `a token is printed with nothing else`() throws {
        var station = FakeStation()
        let text = try ControlCommand.makeToken(for: "admin", hours: 5).run(over: &station, passwordHash: nil)
        #expect(text == "token-of-admin\n")
        #expect(station.requests == [ControlRequest(.post, "/tokens", ["user": "admin", "hours": 5])])
    }

    @Test func `swap stations are added and listed`() throws {
        var station = FakeStation()
        let north = SwapStationDescription(name: "North", address: "1 Street", latitude: 1.5, longitude: -2)
        let added = try ControlCommand.addStation(north).run(over: &station, passwordHash: nil)
        #expect(added == "added station 1 (North)\n")
        let text = try ControlCommand.listStations(asJSON: false).run(over: &station, passwordHash: nil)
        #expect(text.hasPrefix("ID  NAME   ADDRESS   LATITUDE  LONGITUDE  STATUS\n1   North  1 Street  1.5       -2"))
    }

    static let refusals: [(ControlAnswer, ExitCode, [String])] = [
        (
            ControlAnswer(status: 400, body: ["message": ["email must be an email", "phone must be a string"]]),
            .dataFault, ["email must be an email", "phone must be a string"]
        ),
        (ControlAnswer(status: 409, body: ["message": "User exists"]), .dataFault, ["User exists"]),
        (ControlAnswer(status: 404, body: ["message": "User not found"]), .unknownUser, ["User not found"]),
        (ControlAnswer(status: 403, body: ["message": "Forbidden"]), .noPermission, ["Forbidden"]),
        (ControlAnswer(status: 507, body: ["message": "No space"]), .tryLater, ["No space"]),
        (ControlAnswer(status: 500, body: nil), .software, ["GET /control/v1/users was answered 500"]),
    ]

    @Test(arguments: refusals) func `the station's refusal is passed on in its own words`(
        _ answer: ControlAnswer, _ code: ExitCode, _ messages: [String]
    ) {
        let station = FakeStation(refusal: answer)
        #expect(failure(.listUsers(asJSON: false), station) == CommandFailure(code, messages: messages))
    }
}
