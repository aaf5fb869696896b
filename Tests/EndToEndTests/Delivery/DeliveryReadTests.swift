import Foundation
import JSON
import Testing

extension EndToEnd {
    /// A notification that a user marks as read on one device is read on all of them and is not sent again.
    @Suite struct DeliveryReading {
        private func changed(_ unread: Int) -> JSONValue { ["unread": .integer(Int64(unread))] }

        private func expectChanged(
            _ sockets: some Sequence<NotificationSocket>, _ unread: Int,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            for socket in sockets {
                let event = try socket.nextEvent()
                #expect(event.name == "notifications:changed", sourceLocation: sourceLocation)
                #expect(event.payload == changed(unread), sourceLocation: sourceLocation)
                #expect(event.offset == nil, sourceLocation: sourceLocation)
            }
        }

        @Test func `the user's other sockets hear that something was read`() throws {
            try StationProcess.running(.delivery()) { station in
                let (driver, admin, staff) = try station.demoClients()
                let sockets = try NotificationSocket.Way.allCases.map { try station.listen(admin, $0) }
                let stranger = try station.listen(staff)
                try driver.file(6)
                let ids = try sockets.map { try $0.events(6).ids }[0]
                for (index, reader) in sockets.enumerated() {
                    let answer = try reader.call("notifications:read", ["ids": [.string(ids[index])]])
                    #expect(answer == changed(5 - index))
                    try expectChanged(sockets.filter { $0 !== reader }, 5 - index)
                }
                // A read over REST comes from none of the sockets, so all of them hear of it.
                try admin.change("/notifications/\(ids[4])", ["read": true])
                try expectChanged(sockets, 1)
                // Reading a notification again changes nothing.
                #expect(try sockets[0].call("notifications:read", ["ids": [.string(ids[0])]]) == changed(1))
                try admin.change("/notifications/\(ids[4])", ["read": true])
                for socket in sockets { #expect(try socket.isQuiet(for: 0.1)) }
                try admin.change("/notifications/read-all", [:], method: "POST")
                try expectChanged(sockets, 0)
                #expect(try stranger.events(6).ids == ids)
                #expect(try stranger.isQuiet(for: 0.1))
                #expect(try staff.get("/api/v1/notifications/unread-count").json == ["count": 6])
            }
        }

        @Test(arguments: NotificationSocket.Way.allCases)
        func `a notification that was read is not sent again`(way: NotificationSocket.Way) throws {
            try StationProcess.running(.delivery(notifications: ["digest_above": 2])) { station in
                let (driver, admin, _) = try station.demoClients()
                try driver.file(6)
                let ids = try admin.inboxIDs()
                try admin.change("/notifications/\(ids[2])", ["read": true])
                try admin.change("/notifications/\(ids[5])", ["read": true])
                let socket = try station.listen(admin, way)
                socket.answersPings = false
                #expect(try socket.nextEvent().payload["count"] == 4)
                #expect(try socket.events(4).ids == [0, 1, 3, 4].map { ids[$0] })
                #expect(try socket.isQuiet(for: 0.1))

                // Reading through a notification moves the point at which a new connection begins.
                #expect(try socket.call("notifications:read", ["through": .string(ids[3])]) == changed(1))
                let second = try station.listen(admin, way)
                second.answersPings = false
                #expect(try second.nextEvent().id == ids[4])
                #expect(try second.isQuiet(for: 0.1))
                try admin.change("/notifications/read-all", [:], method: "POST")
                #expect(try station.hasNothing(for: admin, way))
                try station.restart()
                #expect(try station.hasNothing(for: admin, way))
            }
        }

        @Test func `a delivered notification is still unread`() throws {
            try StationProcess.running(.delivery()) { station in
                let (driver, admin, _) = try station.demoClients()
                try driver.file(3)
                let socket = try station.listen(admin)
                let events = try socket.events(3)
                try socket.prove()
                #expect(try admin.get("/api/v1/notifications/unread-count").json == ["count": 3])
                #expect(try admin.inboxIDs(unread: true) == events.ids)
                let list = try socket.call("notifications:list", ["unread": true])
                #expect(list.arrayValue?.compactMap { $0["id"]?.stringValue } == events.ids)
            }
        }

        /// A user can mark what a gap stands for as read, like any notification.
        @Test func `a gap can be marked as read`() throws {
            try StationProcess.running(.delivery(notifications: ["kept_count": 5])) { station in
                let (driver, admin, _) = try station.demoClients()
                try driver.file(20)
                let socket = try station.listen(admin)
                socket.answersPings = false
                let gap = try socket.nextEvent()
                #expect(gap.name == "notifications:gap")
                #expect(gap.payload["count"] == 15)
                let kept = try socket.events(5)
                let through = try #require(gap.payload["through"])
                #expect(try socket.call("notifications:read", ["through": through]) == changed(5))
                let second = try station.listen(admin)
                #expect(try second.events(5).map(\.payload) == kept.map(\.payload))
            }
        }
    }
}
