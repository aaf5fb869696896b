import Bytes
import JSON
import Testing

@testable import Domain

@Suite struct UserCommandTests {
    private func patch(_ id: Identifier, _ body: JSONValue) throws -> Command {
        .updateUser(id, try UserPatch(body), passwordHash: nil)
    }

    @Test func `a user is written without secrets`() throws {
        let scene = try Scene.furnished()
        let user = try scene.desk.user(3, for: Scene.admin)
        #expect(
            text { user.write(into: &$0) }
                == #"""
                {"user_id":3,"username":"sam_staff","email":"staff@example.com","phone":null,\#
                "role":"station_staff","station_id":1,"active":true,\#
                "created_at":"2025-01-12T10:30:01.800Z","language":null}
                """#
        )
        #expect(try scene.desk.users(for: Scene.admin).map(\.id) == [1, 2, 3, 4, 5])
    }

    @Test func `email addresses are unique, ignoring case`() throws {
        var scene = try Scene.furnished()
        let draft = UserDraft(username: "x", email: "DRIVER@Example.com", password: "12345678")
        #expect(
            scene.refusal(of: .createUser(draft, passwordHash: ""), by: .operator) == .conflict("Email already exists"))
        #expect(
            scene.refusal(of: try patch(2, ["email": "Driver@example.com"]), by: .operator)
                == .conflict("Email already exists"))
        #expect(try scene.run(try patch(1, ["email": "Driver@example.com "])) == .unchanged)
        #expect(scene.desk.user(withEmail: "dRIVER@example.com")?.id == 1)
        #expect(scene.desk.user(withEmail: " driver＠example.com")?.id == 1)
    }

    @Test func `two addresses of an earlier version that differ only in case go on working`() throws {
        var scene = try Scene.furnished()
        // A record as an earlier version may have written it.
        var twin = try #require(scene.desk.user(5))
        twin.email = "Driver@Example.com"
        twin.sequence = scene.desk.lastSequence + 1
        let change = FieldChange(.email, from: .text("jane@example.com"), to: .text(twin.email))
        scene.apply(scene.desk.event(.userUpdated(twin, changes: [change]), by: .operator, scene.now))
        #expect(scene.desk.user(withEmail: "driver@example.com")?.id == 1)
        #expect(scene.desk.user(withEmail: " Driver@Example.com")?.id == 5)
        #expect(scene.desk.user(withEmail: "DRIVER@EXAMPLE.COM")?.id == 1)
        // A form that sends all fields again changes what was changed.
        for id: Identifier in [1, 5] {
            let email = JSONValue.string(scene.desk.user(id)?.email ?? "")
            try scene.event(try patch(id, ["email": email, "username": .string("new\(id)")]))
            #expect(scene.desk.user(id)?.username == "new\(id)")
        }
        #expect(scene.desk.user(5)?.email == "Driver@Example.com")
        #expect(scene.refusal(of: try patch(2, ["email": "DRIVER@example.com"]), by: .operator)?.statusCode == 409)
        #expect(try scene.replayed().dump() == scene.desk.dump())
    }

    @Test func `staff have a swap station, and nobody else does`() throws {
        var scene = try Scene.furnished()
        for (body, code): (JSONValue, Int) in [
            (["role": "station_staff"], 400), (["station_id": 1], 400),
            (["role": "station_staff", "station_id": 9], 404),
            (["role": "station_staff", "station_id": 2], 0), (["role": "admin", "station_id": 2], 400),
            (["role": "admin"], 0),
        ] {
            #expect(scene.refusal(of: try patch(1, body), by: .operator)?.statusCode ?? 0 == code, "\(body)")
        }
        #expect(scene.refusal(of: try patch(3, ["station_id": nil]), by: .operator)?.statusCode == 400)
        try scene.event(try patch(3, ["role": "driver"]))
        #expect(scene.desk.user(3)?.stationID == nil)
        #expect(
            scene.refusal(
                of: .createUser(
                    UserDraft(username: "x", email: "x@y.co", password: "12345678", role: .stationStaff),
                    passwordHash: ""),
                by: .operator) == .invalid(["station_id must be given for the role station_staff"]))
    }

    @Test func `the last active admin cannot go`() throws {
        var scene = try Scene.furnished()
        let commands = [try patch(2, ["active": false]), try patch(2, ["role": "driver"]), .deleteUser(2)]
        for command in commands {
            #expect(
                scene.refusal(of: command, by: .operator) == .conflict("There must be at least one active admin"),
                "\(command)")
        }
        try scene.event(try patch(5, ["role": "admin"]))
        for command in commands { #expect(scene.refusal(of: command, by: .operator) == nil) }
        try scene.event(try patch(5, ["active": false]))
        for command in commands { #expect(scene.refusal(of: command, by: .operator)?.statusCode == 409) }
    }

    @Test func `users with tickets cannot be deleted`() throws {
        var scene = try Scene.furnished()
        let id = try scene.file()
        _ = try scene.patch(id, by: Scene.admin, ["assignee_id": 3])
        #expect(scene.refusal(of: .deleteUser(1), by: Scene.admin)?.statusCode == 409)
        #expect(scene.refusal(of: .deleteUser(3), by: Scene.admin)?.statusCode == 409)
        #expect(scene.refusal(of: .deleteUser(99), by: Scene.admin) == .notFound("User not found"))
        try scene.event(.deleteTicket(id), by: Scene.admin)
        try scene.event(.deleteUser(1), by: Scene.admin)
        #expect(scene.desk.user(1) == nil && scene.desk.notifications.inboxes[1] == nil)
    }

    @Test func `a patch that changes nothing is no event`() throws {
        var scene = try Scene.furnished()
        #expect(try scene.run(try patch(1, ["username": "john_driver", "phone": "+65 1"])) == .unchanged)
        #expect(try scene.run(.updateStation(1, try StationPatch(["latitude": 1.5]))) == .unchanged)
        #expect(scene.refusal(of: .updateStation(9, StationPatch()), by: .operator) == .notFound("Station not found"))
        try scene.event(.updateStation(2, try StationPatch(["latitude": -90, "longitude": 180, "address": "x"])))
        let station = try scene.desk.station(2, for: Scene.driver)
        #expect(
            text { station.write(into: &$0) }
                == #"{"station_id":2,"name":"Beta","address":"x","latitude":-90.0,"longitude":180.0,"status":"active"}"#
        )
    }
}
