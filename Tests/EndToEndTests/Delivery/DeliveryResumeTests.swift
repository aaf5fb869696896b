import Foundation
import JSON
import Testing

extension EndToEnd {
    /// Resuming, which Socket.IO calls connection state recovery: the same socket continues after its last offset, as
    /// the official client asks.
    @Suite struct DeliveryResuming {
        private static let ways: [NotificationSocket.Way] = [.polling, .webSocket, .upgrade]

        private func options(
            _ way: NotificationSocket.Way, _ earlier: NotificationSocket? = nil, _ offset: String? = nil
        )
            -> NotificationSocket.Options
        {
            NotificationSocket.Options(way: way, resumes: true, pid: earlier?.pid, offset: offset)
        }

        /// The offset that the official client keeps after a notification to user 2.
        private func adminOffset(_ event: NotificationSocket.Event) -> String? { event.id.map { "\($0).2" } }

        @Test(arguments: ways)
        func `a socket resumes after its last offset`(way: NotificationSocket.Way) throws {
            try StationProcess.running(.impatientDelivery()) { station in
                let (driver, admin, _) = try station.demoClients()
                let first = try station.listen(admin, with: options(way))
                first.answersPings = false
                #expect(first.pid?.isEmpty == false)
                #expect(first.sid?.isEmpty == false)
                try driver.file(4)
                let events = try first.events(4)
                #expect(events.allSatisfy { $0.offset != nil && $0.offset == adminOffset($0) })
                #expect(events.areLive)
                #expect(first.isCut(within: 5))
                try driver.file(2, named: "Missed")

                let second = try station.listen(admin, with: options(way, first, events[1].offset))
                second.answersPings = false
                #expect(second.pid == first.pid)
                #expect(second.sid == first.sid)
                let rest = try second.events(4)
                #expect(rest.descriptions == names(3...4) + names(1...2, "Missed"))
                #expect(rest.allSatisfy { $0.isReplayed && $0.offset == adminOffset($0) })
                #expect(second.isCut(within: 5))

                // After the last offset of all, only new notifications come.
                let fourth = try station.listen(admin, with: options(way, first, rest[3].offset))
                #expect(try fourth.isQuiet(for: 0.1))
                try driver.file(1, named: "Live")
                let live = try fourth.nextEvent()
                #expect(live.isLive)
                #expect(live.offset == adminOffset(live))
            }
        }

        @Test(arguments: [true, false], ways)
        func `a socket resumes across a restart`(kills: Bool, way: NotificationSocket.Way) throws {
            try StationProcess.running(.delivery()) { station in
                let (driver, admin, _) = try station.demoClients()
                let first = try station.listen(admin, with: options(way))
                try driver.file(3)
                let events = try first.events(3)
                // The crash comes right afterwards: everything that resuming needs must already be stored.
                if kills { station.kill() } else { #expect(station.stop() == .code(0)) }
                try station.start()
                try station.client(token: driver.token).file(2, named: "Missed")
                let second = try station.listen(admin, with: options(way, first, events[2].offset))
                #expect(second.pid == first.pid)
                #expect(second.sid == first.sid)
                let missed = try second.events(2)
                #expect(missed.descriptions == names(1...2, "Missed"))
                #expect(missed.areReplayed)
                #expect((events + missed).isRising)
            }
        }

        /// A client without an offset has received nothing on that connection, whatever other sockets have proven.
        @Test func `a socket without an offset resumes where its connection began`() throws {
            try StationProcess.running(.delivery()) { station in
                let (driver, admin, _) = try station.demoClients()
                let first = try station.listen(admin, with: options(.webSocket))
                first.answersPings = false
                try driver.file(3)
                #expect(try first.events(3).areLive)
                let second = try station.listen(admin, with: options(.webSocket, first))
                #expect(second.pid == first.pid)
                #expect(second.sid == first.sid)
                let events = try second.events(3)
                #expect(events.descriptions == names(1...3))
                #expect(events.areReplayed)
                try second.prove()
                #expect(try station.hasNothing(for: admin))
                let third = try station.listen(admin, with: options(.webSocket, first))
                #expect(third.pid == first.pid)
                #expect(try third.events(3).map(\.payload) == events.map(\.payload))
            }
        }

        @Test func `a pid that is not the user's own resumes nothing`() throws {
            try StationProcess.running(.delivery()) { station in
                let (driver, admin, staff) = try station.demoClients()
                let stranger = try station.listen(staff, with: options(.webSocket))
                let own = try station.listen(admin, with: options(.webSocket))
                own.answersPings = false
                try driver.file(3)
                let events = try own.events(3)
                let wrong = [
                    stranger.pid ?? "", "", "nonsense", String(repeating: "x", count: 5000),
                    String((own.pid ?? "").dropLast()), (own.pid ?? "") + "x",
                ]
                for pid in wrong {
                    let socket = try station.listen(
                        admin,
                        with: NotificationSocket.Options(resumes: true, pid: pid, offset: events[2].offset))
                    socket.answersPings = false
                    #expect(socket.pid != pid, "\(pid)")
                    #expect(socket.pid?.isEmpty == false)
                    #expect(socket.sid != stranger.sid)
                    #expect(try socket.events(3).ids == events.ids, "\(pid)")
                }
            }
        }

        @Test func `an offset that is not this station's loses nothing`() throws {
            try StationProcess.running(.delivery()) { station in
                let (driver, admin, _) = try station.demoClients()
                let first = try station.listen(admin, with: options(.webSocket))
                first.answersPings = false
                try driver.file(3)
                let events = try first.events(3)
                let number = try #require(events.sequences.last)
                let epoch = String(try #require(events[0].id?.split(separator: "-").first))
                let present = "\(epoch)-\(number)"
                let wrong = [
                    "", "nonsense", "0000-\(number).2", "\(epoch)-\(number + 1000).2", "\(epoch)--1.2", present,
                    "\(present).", "\(present).1", "\(present).2x", "\(present).99999999999999999999",
                ]
                for offset in wrong {
                    let socket = try station.listen(admin, with: options(.webSocket, first, offset))
                    socket.answersPings = false
                    #expect(try socket.events(3).ids == events.ids, "\(offset)")
                }
            }
        }

        @Test func `only notifications have offsets, and only if the client asks for them`() throws {
            let settings: JSONObject = ["kept_count": 5, "digest_above": 2]
            try StationProcess.running(.delivery(notifications: settings)) { station in
                let (driver, admin, _) = try station.demoClients()
                try driver.file(8)
                for resumes in [false, true] {
                    let socket = try station.listen(admin, with: NotificationSocket.Options(resumes: resumes))
                    socket.answersPings = false
                    #expect((socket.pid != nil) == resumes)
                    #expect(socket.sid != nil)
                    let gap = try socket.nextEvent()
                    let digest = try socket.nextEvent()
                    #expect(gap.name == "notifications:gap")
                    #expect(digest.name == "notifications:digest")
                    #expect((gap.offset != nil) == resumes)
                    #expect(digest.offset == nil)
                    #expect(try socket.events(5).allSatisfy { $0.offset == (resumes ? adminOffset($0) : nil) })
                    guard resumes else { continue }
                    // After the gap's offset there is no gap.
                    let next = try station.listen(admin, with: options(.webSocket, socket, gap.offset))
                    next.answersPings = false
                    #expect(next.pid == socket.pid)
                    #expect(try next.nextEvent().name == "notifications:digest")
                    #expect(try next.events(5).descriptions == names(4...8))
                }
            }
        }
    }
}
