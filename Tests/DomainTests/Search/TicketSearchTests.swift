import JSON
import Testing

@testable import Domain

/// What a query finds, and for whom.
@Suite struct TicketSearchTests {
    private func ids(_ scene: Scene, _ query: String, by caller: Caller = Scene.admin) throws -> [Identifier] {
        let filter = try TicketFilter(query: [(name: "q", value: query)])
        let page = try scene.desk.tickets(filter, for: caller)
        #expect(page.totalCount == page.tickets.count)
        return page.tickets.map(\.id)
    }

    /// Eleven tickets of two drivers at two swap stations; the last has a response and comments.
    private func scene() throws -> Scene {
        var scene = try Scene.furnished()
        for number in 1...9 { try scene.file("Ticket of the day \(number == 3 ? "45" : "x")", station: 2) }
        try scene.file("Pin đổi không khoá", user: 5, station: nil)
        let id = try scene.file("Screen is dark", user: 1, station: 1)
        _ = try scene.patch(id, by: Scene.admin, ["response": "We replace the panel"])
        try scene.event(.addComment(ticket: id, CommentDraft(body: "Cable was loose")), by: Scene.staff)
        try scene.event(.addComment(ticket: id, CommentDraft(body: "Vandals again", isInternal: true)), by: Scene.staff)
        return scene
    }

    @Test func `a number finds the ticket, and whatever has the number`() throws {
        let scene = try scene()
        #expect(try ids(scene, "#4") == [4] && ids(scene, "4") == [4, 3] && ids(scene, "#45") == [])
        #expect(try ids(scene, "45") == [3] && ids(scene, "#011") == [11] && ids(scene, "#") == [])
        #expect(try ids(scene, "#0") == [] && ids(scene, "99999999999999999999999999") == [])
        #expect(try ids(scene, "#4 day") == [4] && ids(scene, "#4 dark") == [])
    }

    @Test func `a swap station is found by its name and number`() throws {
        let scene = try scene()
        #expect(try ids(scene, "ALPHA") == [11] && ids(scene, "beta 45") == [3])
        // Ticket 2 is at swap station 2, like the eight others; ticket 1 is not at swap station 1.
        #expect(try ids(scene, "2") == [9, 8, 7, 6, 5, 4, 3, 2, 1] && ids(scene, "#2") == [2])
        // The telephone number has a 1 as well.
        #expect(try ids(scene, "alpha 1") == [11])
    }

    @Test func `a user is found by name, address and telephone number`() throws {
        var scene = try scene()
        #expect(try ids(scene, "jane") == [10] && ids(scene, "JANE@example") == [10])
        #expect(try ids(scene, "driver@example.com dark") == [11])
        for query in ["+65 1", "+651", "651"] { #expect(try ids(scene, query + " dark") == [11], "\(query)") }
        #expect(try ids(scene, "652 dark") == [])
        try scene.event(.updateUser(5, try UserPatch(["phone": "(020) 79-46.09/58"]), passwordHash: nil))
        #expect(try ids(scene, "02079460958") == [10] && ids(scene, "79-46") == [10] && ids(scene, "7946") == [10])
        #expect(try ids(scene, "hash-of") == [])
    }

    @Test func `words may be in different places`() throws {
        let scene = try scene()
        #expect(try ids(scene, "dark panel cable alpha john #11") == [11])
        #expect(try ids(scene, "dark panel cable alpha john #11 vandals driver@example.com replace") == [11])
        #expect(try ids(scene, "dark panel cable alpha john #11 nothing driver@example.com replace") == [])
        #expect(try ids(scene, "khoa pin") == [10] && ids(scene, "khoa jane") == [10])
        #expect(try ids(scene, "khoa dark") == [])
    }

    /// A query tells a caller only of what the caller may read in the tickets: the same words, role by role.
    @Test func `nobody finds by what they may not see`() throws {
        let scene = try scene()
        let admins: [Caller] = [Scene.admin, .operator, .central]
        let everybody = [Scene.driver, Scene.otherDriver, Scene.staff, Scene.otherStaff] + admins
        /// The callers who find a ticket with these words.
        func finders(_ query: String) throws -> [Caller] {
            try everybody.filter { caller in
                let filter = try TicketFilter(query: [(name: "q", value: query)])
                let page = try scene.desk.tickets(filter, for: caller)
                #expect(page.tickets.isEmpty == (page.totalCount == 0) && page.next == nil)
                for ticket in page.tickets {
                    #expect(try scene.desk.ticket(ticket.id, for: caller).id == ticket.id)
                }
                return page.totalCount > 0
            }
        }
        #expect(try finders("dark") == [Scene.driver, Scene.staff] + admins)
        #expect(try finders("#11") == [Scene.driver, Scene.staff] + admins)
        #expect(try finders("cable") == [Scene.driver, Scene.staff] + admins)
        #expect(try finders("vandals") == [Scene.staff] + admins)
        #expect(try finders("dark vandals") == [Scene.staff] + admins)
        #expect(try finders("khoa") == [Scene.otherDriver] + admins)
        #expect(try finders("jane@example.com") == [Scene.otherDriver] + admins)
        #expect(try finders("beta") == [Scene.driver, Scene.otherStaff] + admins)
        #expect(try finders("tom_staff") == [])
        // Nor with another filter that names what they may not see.
        for (name, value) in [("user_id", "5"), ("station_id", "1"), ("support_id_min", "10")] {
            let query = [(name: name, value: value), (name: "q", value: "vandals")]
            #expect(try scene.desk.tickets(TicketFilter(query: query), for: Scene.driver).totalCount == 0)
        }
    }
}
