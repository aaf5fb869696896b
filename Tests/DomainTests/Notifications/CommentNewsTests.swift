import JSON
import Testing

@testable import Domain

/// The users who are told of a comment, and what else it changes.
@Suite struct CommentNewsTests {
    private func audience(_ event: Event, _ scene: Scene) -> [Identifier]? {
        scene.desk.notification(for: event).map { notification in
            (0...7).filter { scene.desk.includes($0, in: notification.audience) }
        }
    }

    private func list(_ scene: Scene, _ caller: Caller) throws -> [UInt64] {
        try scene.desk.inbox(for: caller).map(\.sequence)
    }

    private func comment(
        _ scene: inout Scene, _ caller: Caller, _ body: String = "x", on ticket: Identifier = 1,
        isInternal: Bool = false
    ) throws -> Event {
        try scene.event(.addComment(ticket: ticket, CommentDraft(body: body, isInternal: isInternal)), by: caller)
    }

    @Test func `a notification of a comment has the author, the text and its number`() throws {
        var scene = try Scene.furnished()
        try scene.file("No power")
        scene.wait(milliseconds: 200)
        let event = try comment(&scene, Scene.staff, "Try \"again\"")
        let at = "2025-01-12T10:30:02.000Z"
        #expect(
            text { Notification(of: event)?.write(into: &$0, epoch: "e") }
                == #"""
                {"id":"e-9","type":"support_ticket_commented","title":"New Comment on Support Ticket",\#
                "message":"sam_staff commented on support ticket #1","data":{"support_id":1,"user_id":1,\#
                "username":"john_driver","description":"No power","status":"open","station_id":1,\#
                "station_name":"Alpha","created_at":"2025-01-12T10:30:01.800Z","response":null,\#
                "updated_at":"\#(at)","comment_id":9,"comment":"Try \"again\""},"priority":"medium",\#
                "timestamp":"\#(at)"}
                """#)
        #expect(Notification(of: event)?.eventName == "support:ticket:commented")
    }

    @Test func `the driver hears of others' comments, and staff and admins of the driver's`() throws {
        var scene = try Scene.furnished()
        try scene.file()
        #expect(audience(try comment(&scene, Scene.staff), scene) == [1])
        #expect(audience(try comment(&scene, Scene.admin), scene) == [1])
        #expect(audience(try comment(&scene, .operator), scene) == [1])
        #expect(audience(try comment(&scene, .central), scene) == [1])
        let own = try comment(&scene, Scene.driver)
        #expect(audience(own, scene) == [2, 3])
        #expect(Notification(of: own)?.message == "john_driver commented on support ticket #1")
        scene.desk.settings.notifiesStationStaff = false
        #expect(audience(own, scene) == [2])
        try scene.file(station: nil)
        scene.desk.settings.notifiesStationStaff = true
        #expect(audience(try comment(&scene, Scene.driver, on: 2), scene) == [2])
        let command = scene.central(1, "ticket.comment", ["support_id": 1, "body": "from above"])
        #expect(audience(try #require(command), scene) == [1])
    }

    @Test func `an internal comment tells nobody and leaves the ticket as it was`() throws {
        var scene = try Scene.furnished()
        try scene.file()
        let before = try scene.desk.ticket(1, for: Scene.driver).updatedAt
        scene.wait(milliseconds: 1000)
        for caller in [Scene.staff, Scene.admin] {
            #expect(audience(try comment(&scene, caller, isInternal: true), scene) == nil)
        }
        #expect(try scene.desk.ticket(1, for: Scene.driver).updatedAt == before)
        #expect(try list(scene, Scene.driver) == [] && list(scene, Scene.admin) == [8])
        // A ticket that a member of staff has filed for itself.
        try scene.file(user: 3)
        #expect(audience(try comment(&scene, Scene.staff, on: 2, isInternal: true), scene) == nil)
    }

    @Test func `nobody is told of their own comment`() throws {
        var scene = try Scene.furnished()
        try scene.file(user: 3)  // 8
        try scene.file(user: 2)  // 9
        #expect(audience(try comment(&scene, Scene.staff), scene) == [2])  // 10
        #expect(audience(try comment(&scene, Scene.admin, on: 2), scene) == [3])  // 11
        #expect(try list(scene, Scene.staff) == [8, 9, 11] && list(scene, Scene.admin) == [8, 9, 10])
        #expect(try scene.desk.unreadCount(for: Scene.staff) == 3 && scene.desk.unreadCount(for: Scene.admin) == 3)
        #expect(scene.desk.undeliveredCount(of: 3) == 3 && scene.desk.undeliveredCount(of: 2) == 3)
        let missed = scene.desk.backlog(
            of: 3, behind: try #require(scene.desk.cursor(of: 3)), through: scene.desk.lastSequence)
        #expect(missed?.count == 3 && missed?.gap == nil)
        try scene.event(.markRead(.through(11)), by: Scene.staff)
        try scene.event(.noteDelivered([2: 11]), by: .station)
        #expect(scene.desk.undeliveredCount(of: 3) == 0 && scene.desk.undeliveredCount(of: 2) == 0)
        #expect(scene.refusal(of: .markRead(.ids([10])), by: Scene.staff)?.statusCode == 404)
    }

    @Test func `comments stand in the inboxes in the order in which they happened`() throws {
        var scene = try Scene.furnished()
        try scene.file()  // 8
        _ = try comment(&scene, Scene.driver)  // 9
        try scene.file(user: 5, station: 2)  // 10
        _ = try comment(&scene, Scene.otherDriver, on: 2)  // 11
        _ = try comment(&scene, Scene.staff)  // 12
        _ = try comment(&scene, Scene.driver)  // 13
        #expect(try list(scene, Scene.admin) == [8, 9, 10, 11, 13])
        #expect(try list(scene, Scene.staff) == [8, 9, 13] && list(scene, Scene.otherStaff) == [10, 11])
        #expect(try list(scene, Scene.driver) == [12] && list(scene, Scene.otherDriver) == [])
        try scene.addUser("late", "late@example.com", .admin)  // 14: user 6
        _ = try comment(&scene, Scene.driver)  // 15
        #expect(try list(scene, .user(6)) == [15])
        #expect(scene.desk.undeliveredCount(of: 6) == 1 && scene.desk.undeliveredCount(of: 2) == 6)
        #expect(scene.desk.fingerprint() == (try scene.replayed().fingerprint()))
    }

    /// Versions that know no comments read it as an update.
    @Test func `a comment in an inbox is stored as an update with a mark`() throws {
        var scene = try Scene.furnished()
        try scene.file()
        _ = try comment(&scene, Scene.staff)
        _ = try scene.patch(1, by: Scene.admin, ["response": "x"])
        var document = JSONObject()
        scene.desk.documents { if $0 == DocumentPath(.inboxes, 1) { document = $1 } }
        let entries = try #require(document["entries"]?.arrayValue)
        #expect(entries.map { $0["kind"] } == ["updated", "updated"])
        #expect(entries.map { $0["commented"] } == [true, nil])
        let copy = Desk()
        try copy.restore(DocumentPath(.inboxes, 1), document)
        #expect(copy.notifications.inboxes[1]?.entries.map(\.kind) == [.commented, .updated])
    }

    @Test func `a comment moves updated_at, which never goes back`() throws {
        var scene = try Scene.furnished()
        try scene.file()
        func updated() throws -> String { try scene.desk.ticket(1, for: Scene.driver).updatedAt.iso8601 }
        scene.wait(milliseconds: 1000)
        _ = try comment(&scene, Scene.driver)
        #expect(try updated() == "2025-01-12T10:30:02.800Z")
        scene.setClock(byMilliseconds: -60_000)
        let event = try comment(&scene, Scene.staff)
        #expect(try updated() == "2025-01-12T10:30:02.800Z" && event.at.iso8601 == "2025-01-12T10:30:02.800Z")
        #expect(try scene.desk.ticket(1, for: Scene.driver).comments.count == 2)
        #expect(try scene.desk.ticket(1, for: Scene.driver).historyStored == nil)
    }

    /// As versions before comments were news have written it.
    @Test func `an old record of a comment tells nobody and leaves the ticket as it was`() throws {
        var scene = try Scene.furnished()
        try scene.file()
        let record = """
            {"seq":9,"at":"2025-01-13T10:30:01.800Z","by":3,"type":"ticket.commented","support_id":1,"user_id":1,\
            "station_id":1,"comment":{"comment_id":9,"user_id":3,"username":"sam_staff","body":"x",\
            "internal":false,"created_at":"2025-01-13T10:30:01.800Z"}}
            """
        let event = try Event(record: try JSONParser.parse(record))
        #expect(Notification(of: event) == nil)
        #expect(NotificationText(record: Array(record.utf8), epoch: "e") == nil)
        scene.apply(event)
        #expect(String(decoding: event.record(), as: UTF8.self) == record)
        let ticket = try scene.desk.ticket(1, for: Scene.driver)
        #expect(ticket.comments.count == 1 && ticket.updatedAt == scene.now && ticket.sequence == 8)
        #expect(try list(scene, Scene.driver) == [] && scene.desk.undeliveredCount(of: 1) == 0)
    }

    @Test func `a lost ticket comes back with the next comment`() throws {
        var scene = try Scene.furnished()
        try scene.file("No power")
        _ = try comment(&scene, Scene.staff, "lost")
        let event = try comment(&scene, Scene.driver, "kept")
        let desk = Desk()
        desk.apply(event)
        let ticket = try desk.ticket(1, for: .operator)
        #expect(ticket.description == "No power" && ticket.comments.map(\.body) == ["kept"])
        #expect(desk.counters.commentCount == 1)
    }

    // MARK: The feed of comments

    private func flood(_ scene: Scene, _ count: Int, by caller: Caller, on ticket: Identifier) throws {
        for _ in 0..<count {
            let decision = try scene.desk.decide(
                .addComment(ticket: ticket, CommentDraft(body: "x")), by: caller, now: scene.now)
            guard case .event(let event) = decision else { throw Unexpected(text: "no event") }
            scene.desk.apply(event)
        }
    }

    @Test func `a flood of comments pushes out the flooder's own, and no created ticket`() throws {
        let countMax = DeskLimits.notificationCountMax
        var scene = try Scene.furnished()
        for _ in 0..<12 { try scene.file() }  // 8…19
        try scene.file(user: 5)  // 20: the ticket 13
        _ = try comment(&scene, Scene.otherDriver, on: 13)  // 21
        for ticket in 1...Identifier(10) { try flood(scene, 1_000, by: Scene.driver, on: ticket) }
        try flood(scene, 5, by: Scene.driver, on: 11)
        let notifications = scene.desk.notifications
        #expect(notifications.comments.count == countMax && notifications.feed.count == 13)
        #expect(notifications.comments.first?.sequence == 21, "what another has caused stays")
        let cursor = try #require(scene.desk.cursor(of: 2))
        let backlog = try #require(
            scene.desk.backlog(of: 2, behind: cursor, through: scene.desk.lastSequence))
        // All 13 tickets are here, and the six comments that were dropped are told as a gap.
        #expect(backlog.gap?.count == 6 && backlog.countByKind == [.created: 13, .commented: countMax])
        #expect(backlog.gap?.ticketMin == nil && backlog.gap?.ticketMax == nil)
        #expect(try scene.desk.unreadCount(for: Scene.admin) == countMax + 13)
        let copy = Desk()
        scene.desk.documents { path, document in
            #expect(throws: Never.self) { try copy.restore(path, document) }
        }
        #expect(copy.fingerprint() == scene.desk.fingerprint())
        #expect(copy.notifications.comments.count == countMax)
    }

    @Test func `the limit of what is kept holds for comments apart from tickets`() throws {
        var scene = try Scene.furnished()
        scene.desk.settings.notificationCountMax = 3
        for _ in 0..<3 { try scene.file() }  // 8…10
        for _ in 0..<5 { _ = try comment(&scene, Scene.driver) }  // 11…15
        #expect(try list(scene, Scene.admin).suffix(3) == [13, 14, 15])
        try scene.file()  // 16
        #expect(try list(scene, Scene.admin) == [13, 14, 15, 16])
    }
}
