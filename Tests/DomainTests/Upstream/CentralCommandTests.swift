import Bytes
import JSON
import Testing

@testable import Domain

/// The commands of the central server, each of which is handled once.
@Suite struct CentralCommandTests {
    /// A hash of the form that `stationd` makes.
    private static func hash(_ parameters: String = "j9T", method: String = "y") -> String {
        "$\(method)$\(parameters)$F5Jx5fExrKuPp53xLKQ..1$\(String(repeating: "x", count: 43))"
    }

    private func refusal(_ event: Event?) -> (statusCode: Int, sentences: [String])? {
        guard case .commandRefused(_, let refusal)? = event?.change else { return nil }
        return (refusal.statusCode, refusal.sentences)
    }

    @Test func `a ticket is changed, commented on, closed and deleted`() throws {
        var scene = try Scene.furnished()
        let id = JSONValue.integer(Int64(try scene.file()))
        let updated = scene.central(1, "ticket.update", ["support_id": id, "changes": ["priority": "low"]])
        #expect(updated?.by == .central)
        #expect(updated?.command == CommandReference(id: "c-1", number: 1, epoch: "c"))
        #expect(scene.json(1)["priority"] == "low")
        scene.central(2, "ticket.comment", ["support_id": id, "body": "From the centre", "internal": true])
        #expect(scene.desk.tickets[1]?.comments.map(\.body) == ["From the centre"])
        let closed = scene.central(3, "ticket.close", ["support_id": id, "response": "Done"])
        #expect(Notification(of: try #require(closed))?.kind == .resolved)
        #expect(scene.json(1)["status"] == "closed")
        #expect(scene.json(1)["response"] == "Done")
        scene.central(4, "ticket.delete", ["support_id": id])
        #expect(scene.desk.tickets[1] == nil)
        #expect(scene.desk.uplink.lastCommand?.number == 4)
        #expect(try scene.replayed().dump() == scene.desk.dump())
    }

    @Test func `a command that comes again does nothing`() throws {
        var scene = try Scene.furnished()
        let id = JSONValue.integer(Int64(try scene.file()))
        #expect(scene.central(7, "ticket.comment", ["support_id": id, "body": "once"]) != nil)
        let before = scene.desk.dump()
        #expect(scene.central(7, "ticket.comment", ["support_id": id, "body": "once"]) == nil)
        #expect(scene.desk.dump() == before)
        // A desk that has replayed the journal knows it too.
        let replayed = try scene.replayed()
        let again = CentralCommand(
            json: Array(#"{"id":"c-7","type":"ticket.comment","data":{"support_id":1,"body":"once"}}"#.utf8), number: 7,
            epoch: "c")
        #expect(replayed.decide(again, now: scene.now) == nil)
    }

    @Test func `a refusal is an outcome that tells why`() throws {
        var scene = try Scene.furnished()
        try scene.file()
        #expect(refusal(scene.central(1, "ticket.close", ["support_id": 99]))?.statusCode == 404)
        #expect(refusal(scene.central(2, "ticket.close", ["support_id": 1, "status": "open"]))?.statusCode == 400)
        #expect(
            refusal(scene.central(3, "ticket.update", ["support_id": 1, "changes": ["colour": "red"]]))?.sentences
                == ["property colour should not exist"])
        #expect(refusal(scene.central(4, "ticket.fold", [:]))?.sentences == ["There is no command ticket.fold"])
        #expect(refusal(scene.central(5, "ticket.close", nil))?.sentences == ["data must be an object"])
        #expect(refusal(scene.central(6, "ticket.delete", ["support_id": 1, "force": true]))?.statusCode == 400)
        #expect(refusal(scene.central(7, "user.disable", ["email": "nobody@example.com"]))?.statusCode == 404)
        #expect(refusal(scene.central(8, "user.disable", ["email": "admin@example.com"]))?.statusCode == 409)
        #expect(refusal(scene.central(9, "station.disable", ["station_id": 9]))?.statusCode == 404)
        // A refusal is remembered like any other outcome.
        #expect(scene.central(9, "station.disable", ["station_id": 1]) == nil)
        #expect(try scene.replayed().dump() == scene.desk.dump())
    }

    @Test func `an unchanged state is an outcome too`() throws {
        var scene = try Scene.furnished()
        let event = scene.central(1, "station.upsert", ["station_id": 2, "name": "Beta"])
        #expect(event?.change == .commandUnchanged(name: "station.upsert"))
    }

    @Test func `a new technician can log in at a station that never knew them`() throws {
        var scene = try Scene.furnished()
        let hash = Self.hash()
        scene.central(
            1, "user.upsert",
            [
                "email": "tina@example.com", "username": "tina", "role": "station_staff", "station_id": 1,
                "password_hash": .string(hash),
            ])
        let tina = try #require(scene.desk.user(withEmail: "tina@example.com"))
        #expect(tina.passwordHash == hash)
        #expect(tina.role == .stationStaff)
        // Another upsert changes the given fields and keeps the rest.
        scene.central(2, "user.upsert", ["email": "TINA＠example.com ", "phone": "+65 2"])
        let changed = try #require(scene.desk.user(withEmail: "tina@example.com"))
        #expect(changed.phone == "+65 2")
        #expect(changed.passwordHash == hash)
        scene.central(3, "user.disable", ["email": " Tina@Example.com"])
        #expect(scene.desk.user(withEmail: "tina@example.com")?.isActive == false)
    }

    @Test func `a password comes only as a hash`() throws {
        var scene = try Scene.furnished()
        let new: JSONObject = ["email": "new@example.com", "username": "new"]
        #expect(
            refusal(scene.central(1, "user.upsert", .object(new)))?.sentences.first?.contains("password_hash") == true)
        var number: UInt64 = 1
        let long = String(repeating: "x", count: 43)
        let strange: [JSONValue] = [
            "plain", "$y$with\nline", "$y$a:b:c:d", "$y$ö...........", 5, "$", .string("$y$j9T$$\(long)"),
            .string("$y$j9T$salt$\(long)x"), .string("$y$j9T$sa:lt$\(long)"), .string("x" + Self.hash()),
        ]
        // Other methods, and costs of minutes and gigabytes.
        let costly = ["jCT", "jDT", "jKT", "jzz", "j9T./", "/9T", "j9", ""].map { Self.hash($0) }
        let others = ["1", "5", "6", "2b", "7", "gy", "sha1"].map { Self.hash(method: $0) }
        for hash in strange + (costly + others).map(JSONValue.string) {
            number += 1
            var data = new
            data["password_hash"] = hash
            #expect(refusal(scene.central(number, "user.upsert", .object(data)))?.statusCode == 400, "\(hash)")
        }
        var data = new
        data["password"] = "in the clear"
        data["password_hash"] = .string(Self.hash())
        #expect(refusal(scene.central(50, "user.upsert", .object(data)))?.statusCode == 400)
        #expect(scene.desk.user(withEmail: "new@example.com") == nil)
        data.removeValue(forKey: "password")
        for (index, parameters) in ["j75", "j85", "j7T", "j8T", "j9T", "jAT", "jBT"].enumerated() {
            data["password_hash"] = .string(Self.hash(parameters))
            let event = scene.central(UInt64(60 + index), "user.upsert", .object(data))
            #expect(event != nil && refusal(event) == nil, "\(parameters)")
        }
    }

    @Test func `a command makes or changes an admin only where that is allowed`() throws {
        var scene = try Scene.furnished()
        let new: JSONValue = [
            "email": "new@example.com", "username": "new", "role": "admin", "password_hash": .string(Self.hash()),
        ]
        let takeover: JSONValue = ["email": "ADMIN@example.com", "password_hash": .string(Self.hash())]
        for (number, data) in [(UInt64(1), new), (2, takeover)] {
            let refused = refusal(scene.central(number, "user.upsert", data))
            #expect(refused?.statusCode == 403)
            #expect(refused?.sentences.first?.contains("upstream.may_make_admins") == true)
        }
        #expect(scene.desk.user(withEmail: "new@example.com") == nil)
        let json: JSONValue = ["id": "c-3", "type": "user.upsert", "data": new]
        let command = CentralCommand(json: json.encoded(), number: 3, epoch: "c")
        scene.apply(try #require(scene.desk.decide(command, mayMakeAdmins: true, now: scene.now)))
        #expect(scene.desk.user(withEmail: "new@example.com")?.role == .admin)
        // To make an admin somebody else takes nothing that a command may not take.
        scene.central(4, "user.upsert", ["email": "new@example.com", "role": "driver"])
        #expect(scene.desk.user(withEmail: "new@example.com")?.role == .driver)
    }

    @Test func `a number is known in every epoch that was handled`() throws {
        var scene = try Scene.furnished()
        let count = UInt64(UplinkState.recentCommandsMax)
        scene.central(9, "station.disable", ["station_id": 99], epoch: "a")
        scene.central(3, "station.disable", ["station_id": 99], epoch: "b")
        // So many that no identity is remembered.
        for number in 1...(count + 1) { scene.central(number, "station.disable", ["station_id": 99], epoch: "c") }
        let replayed = try scene.replayed()
        for (number, epoch) in [(UInt64(9), "a"), (8, "a"), (3, "b"), (1, "b"), (5, "c")] {
            let json: JSONValue = ["id": "other", "type": "station.disable", "data": ["station_id": 1]]
            let command = CentralCommand(json: json.encoded(), number: number, epoch: epoch)
            #expect(scene.desk.decide(command, now: scene.now) == nil, "\(epoch)-\(number)")
            #expect(replayed.decide(command, now: scene.now) == nil, "\(epoch)-\(number)")
        }
        #expect(scene.central(10, "station.disable", ["station_id": 99], epoch: "a") != nil)
    }

    @Test func `what is not believed is no outcome`() throws {
        var scene = try Scene.furnished()
        let id = JSONValue.integer(Int64(try scene.file()))
        let before = scene.desk.uplink
        let event = scene.desk.distrust(of: "c-7", name: "ticket.close", "The command is not signed", now: scene.now)
        scene.apply(event)
        #expect(event.command == nil && scene.desk.uplink == before)
        #expect(try JSONParser.parse(event.record())["distrusted"] == "c-7")
        #expect(scene.central(7, "ticket.close", ["support_id": id]) != nil, "the real command still comes")
        #expect(scene.json(1)["status"] == "closed")
    }

    @Test func `a swap station is created under its number`() throws {
        var scene = try Scene.furnished()
        scene.central(1, "station.upsert", ["station_id": 40, "name": "Forty", "address": "4 Main St"])
        #expect(scene.desk.stations[40]?.name == "Forty")
        scene.central(2, "station.upsert", ["station_id": 40, "status": "maintenance"])
        #expect(scene.desk.stations[40]?.status == .maintenance)
        scene.central(3, "station.disable", ["station_id": 40])
        #expect(scene.desk.stations[40]?.status == .inactive)
        #expect(refusal(scene.central(4, "station.upsert", ["station_id": 0, "name": "None"]))?.statusCode == 400)
        let next = try scene.event(.createStation(SwapStationDraft(name: "Next")))
        guard case .stationCreated(let station) = next.change else { throw Unexpected(text: "no station") }
        #expect(station.id == 41)
    }

    @Test func `a malformed command is refused under its delivery number`() throws {
        var scene = try Scene.furnished()
        for (number, text) in ["", "nonsense", "[]", "{}", #"{"id":5}"#, #"{"id":"has space","type":"x y"}"#]
            .enumerated()
        {
            let command = CentralCommand(json: Array(text.utf8), number: UInt64(number + 1), epoch: "")
            #expect(command.reference.id == "unnamed-\(number + 1)")
            #expect(command.name == "unknown")
            let event = try #require(scene.desk.decide(command, now: scene.now))
            scene.apply(event)
            #expect(refusal(event)?.statusCode == 400)
        }
    }

    @Test func `only the last commands are remembered`() throws {
        var scene = try Scene.furnished()
        let max = UInt64(UplinkState.recentCommandsMax)
        // Only by their ids, because nothing gives their numbers a meaning.
        for number in 1...(max + 50) { scene.central(number, "station.disable", ["station_id": 99], epoch: "") }
        #expect(scene.central(max + 50, "station.disable", ["station_id": 99], epoch: "") == nil)
        #expect(scene.central(51, "station.disable", ["station_id": 99], epoch: "") == nil)
        #expect(scene.central(50, "station.disable", ["station_id": 99], epoch: "") != nil)
    }

    @Test func `within an epoch, a number up to the last is known`() throws {
        var scene = try Scene.furnished()
        scene.central(7, "station.disable", ["station_id": 99])
        let renamed = CentralCommand(
            json: Array(#"{"id":"another","type":"station.disable","data":{"station_id":1}}"#.utf8), number: 6,
            epoch: "c")
        #expect(scene.desk.decide(renamed, now: scene.now) == nil)
        // A central server that was restored from a backup has another epoch and begins again.
        #expect(scene.central(3, "station.disable", ["station_id": 99], epoch: "d") != nil)
        #expect(scene.desk.uplink.lastCommand?.number == 3)
        #expect(scene.desk.uplink.lastCommand?.epoch == "d")
    }

    @Test func `the last command before an event is known`() throws {
        var scene = try Scene.furnished()
        let before = scene.desk.lastSequence
        scene.central(7, "station.disable", ["station_id": 99])
        scene.central(9, "station.disable", ["station_id": 99])
        let state = scene.desk.uplink
        #expect(state.lastCommand(through: before)?.number == nil)
        #expect(state.lastCommand(through: before + 1)?.number == 7)
        #expect(state.lastCommand(through: before + 2)?.number == 9)
        #expect(state.lastCommand(through: .max)?.number == 9)
    }

    @Test func `only the station itself notes what was shipped`() throws {
        var scene = try Scene.furnished()
        #expect(scene.refusal(of: .noteShipped(through: 2), by: .operator)?.statusCode == 403)
        try scene.event(.noteShipped(through: 2), by: .station)
        #expect(scene.desk.uplink.shippedThrough == 2)
        #expect(try scene.run(.noteShipped(through: 2), by: .station) == .unchanged)
        #expect(try scene.run(.noteShipped(through: 99), by: .station) == .unchanged, "there is no such event")
        // A central server that has lost events has fewer than before.
        try scene.event(.noteShipped(through: 1), by: .station)
        #expect(scene.desk.uplink.shippedThrough == 1)
    }
}
