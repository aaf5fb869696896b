import Testing

@testable import stationd_bench

@Suite struct NotificationPlacesTests {
    static func notification(sequence: Int, ticket: Int, runNumber: Int) -> [UInt8] {
        let digits = String(runNumber)
        let number = String(repeating: "0", count: 10 - digits.count) + digits
        let text =
            #"42/notifications,["support:ticket:created",{"id":"k3x9-"# + "\(sequence)"
            + #"","type":"support_ticket_created","title":"New Support Ticket","data":{"support_id":"# + "\(ticket)"
            + ##","user_id":1,"username":"john_driver","description":"#"## + number
            + #" The battery does not lock in and the door stays open","status":"open"}}]"#
        return Array(text.utf8)
    }

    @Test func `numbers of any length are found`() throws {
        var places = NotificationPlaces()
        let first = Self.notification(sequence: 7, ticket: 1, runNumber: 0)
        #expect(!places.isKnown)
        let isLearnt = first.withUnsafeBytes { places.learn(from: $0) }
        #expect(isLearnt && places.isKnown)
        for (sequence, ticket, runNumber) in [(7, 1, 0), (1234, 99, 5), (99_999_999, 123_456, 4_000_000)] {
            let payload = Self.notification(sequence: sequence, ticket: ticket, runNumber: runNumber)
            try payload.withUnsafeBytes { bytes in
                #expect(NotificationPlaces.isNotification(bytes))
                let found = try #require(places.sequence(of: bytes))
                #expect(found.value == UInt64(sequence))
                #expect(places.runNumber(of: bytes, after: found.end) == runNumber)
            }
        }
    }

    @Test(arguments: [
        #"42/notifications,["connected",{"message":"Successfully connected","userId":1,"role":"admin"}]      "#,
        #"42/notifications,["notifications:digest",{"count":200,"by_type":{"support_ticket_created":200}}]"#,
        #"40/notifications,{"sid":"0"}"#, "2", "",
    ])
    func `other packets are not notifications`(text: String) {
        var places = NotificationPlaces()
        Array(text.utf8).withUnsafeBytes { bytes in
            #expect(!NotificationPlaces.isNotification(bytes))
            let isLearnt = places.learn(from: bytes)
            #expect(!isLearnt)
        }
    }

    @Test func `the bare responder's frame has the same length and the same places`() throws {
        let payload = Self.notification(sequence: 1234, ticket: 1, runNumber: 0)
        let shape = try #require(
            BareShape(created: [1], read: [2], notification: payload, recordBytes: 600))
        #expect(shape.frame.count == payload.count + 4)
        var places = NotificationPlaces()
        try shape.frame.withUnsafeBytes { bytes in
            guard case .frame(let frame) = FrameWalker.step(bytes, from: 0) else {
                Issue.record("no frame")
                return
            }
            #expect(frame.end == shape.frame.count)
            let text = UnsafeRawBufferPointer(rebasing: bytes[frame.payload..<frame.end])
            let isLearnt = places.learn(from: text)
            #expect(isLearnt)
            let sequence = try #require(places.sequence(of: text))
            #expect(sequence.value == 0)
            #expect(4 + sequence.end - BareShape.sequenceWidth == shape.sequencePlace)
            #expect(bytes[shape.runNumberPlace - 1] == UInt8(ascii: "#"))
        }
    }

    @Test func `a ticket's request has its run number where it says`() throws {
        let target = Target(port: 1, pid: 1, driverToken: "token", technicianToken: { _ in "" })
        for size in [11, 100, 400] {
            let request = TicketRequest(target, descriptionBytes: size)
            let place = request.runNumberPlace
            #expect(request.bytes[place - 1] == UInt8(ascii: "#"))
            #expect(request.bytes[place..<place + 10].allSatisfy { $0 == UInt8(ascii: "0") })
            let extent = try #require(request.bytes.withUnsafeBytes { MessageScan.extent(of: $0) })
            #expect(extent.end == request.bytes.count)
            #expect(extent.content + TicketRequest.runNumberPlace == place)
            let description = request.bytes[(place - 1)...].dropLast(2)
            #expect(description.count == size)
        }
    }
}
