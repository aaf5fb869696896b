import Foundation
import JSON
import Testing

extension EndToEnd {
    /// A client that does not read costs no more than its send window, delays nobody, and gets the rest when it reads
    /// again or comes back.
    @Suite struct DeliverySlowClients {
        /// The number of events sent while some clients do not read.
        private static let eventCount =
            ProcessInfo.processInfo.environment["DELIVERY_EVENTS"].flatMap { Int($0) } ?? 20_000
        /// More events than an index holds, so that nothing grows for another reason afterwards.
        private static let warmUpCount = 10_500
        private static let ticketCount = 20
        private static let writerCount = 4

        @Test func `a client that never reads costs next to nothing and delays nobody`() throws {
            let patience = [
                ("slow_client_timeout_millis", 600_000), ("ping_timeout_millis", 600_000),
                ("ping_interval_millis", 600_000), ("idle_timeout_millis", 600_000),
            ]
            let options = StationProcess.Options.delivery(
                limits: patience, notifications: ["digest_above": 10_000])
            try StationProcess.running(options) { station in
                let (driver, admin, _) = try station.demoClients()
                let tickets = try driver.file(Self.ticketCount).compactMap { $0["support_id"]?.integerValue }
                let good = try PromptListener(station.listen(driver))
                let stuck = try NotificationSocket.Way.allCases.map { way in
                    try station.listen(
                        driver, with: NotificationSocket.Options(way: way, receiveBufferBytes: 16_384))
                }
                try change(tickets, Self.warmUpCount, admin)
                try good.wait(for: Self.warmUpCount)
                let before = try station.residentKilobytes()
                good.forgetDelays()
                let start = ContinuousClock.now
                try change(tickets, Self.eventCount, admin)
                try good.wait(for: Self.warmUpCount + Self.eventCount)
                let took = ContinuousClock.now - start
                let after = try station.residentKilobytes()
                print(
                    "DeliverySlowClients: \(Self.eventCount) events in \(took), \(before) kB before, \(after) kB "
                        + "after, longest delay \(good.longestDelayMillis) ms")
                #expect(after - before < 1024)
                // The limit allows for a busy machine. A listener that waited for the others would wait for minutes.
                #expect(good.longestDelayMillis < 5000)
                try good.end()

                for socket in stuck {
                    try expectAll(Self.warmUpCount + Self.eventCount, on: socket)
                }
            }
        }

        /// Expects that the socket reads all events in order in the end, with a gap for those no longer kept.
        private func expectAll(
            _ count: Int, on socket: NotificationSocket, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            var events: [NotificationSocket.Event] = []
            var told = 0
            while events.count + told < count {
                let event = try socket.nextEvent()
                if event.name == "notifications:gap" {
                    told += event.payload["count"]?.integerValue.map(Int.init) ?? 0
                } else {
                    events.append(event)
                }
            }
            #expect(events.count + told == count, sourceLocation: sourceLocation)
            #expect(events.isRising, sourceLocation: sourceLocation)
            // All of them happened while it was connected.
            #expect(events.areLive, sourceLocation: sourceLocation)
            #expect(try socket.isQuiet(for: 0.05), sourceLocation: sourceLocation)
        }

        /// Changes the driver's tickets, with the current time in each response.
        private func change(_ tickets: [Int64], _ count: Int, _ admin: HTTPClient) throws {
            let (port, token) = (admin.port, admin.token)
            try Threads.run(Self.writerCount, seconds: 600) { writer in
                var client = HTTPClient(port: port, token: token)
                let mine = stride(from: writer, to: count, by: Self.writerCount).map { $0 }
                for start in stride(from: 0, to: mine.count, by: 20) {
                    let part = mine[start..<min(start + 20, mine.count)]
                    for number in part {
                        let response = "\(MonotonicNanos.now)" + String(repeating: ".", count: 50)
                        try client.send(
                            "PATCH", "/api/v1/support/\(tickets[number % tickets.count])",
                            ["response": .string(response)])
                    }
                    for _ in part {
                        let answer = try client.answer(to: "PATCH")
                        guard answer.status == 200 else { throw HarnessFault("\(answer.status): \(answer.excerpt)") }
                    }
                    // A connection carries at most ten thousand requests.
                    if start % 5000 == 0 { client = HTTPClient(port: port, token: token) }
                }
            }
        }

        // MARK: Being cut

        @Test(arguments: [NotificationSocket.Way.polling, .webSocket, .plain])
        func `a client that reads nothing for too long is cut off and gets the rest later`(way: NotificationSocket.Way)
            throws
        {
            let limits = [
                ("slow_client_timeout_millis", 1000), ("send_window_bytes_max", 16_384),
                ("ping_timeout_millis", 600_000),
            ]
            let options = StationProcess.Options.delivery(limits: limits, notifications: ["digest_above": 10_000])
            try StationProcess.running(options) { station in
                let (driver, admin, _) = try station.demoClients()
                let settings = NotificationSocket.Options(way: way, receiveBufferBytes: 16_384)
                var stuck: NotificationSocket? = try station.listen(admin, with: settings)
                // More than the kernel buffers for the client. Nothing is buffered for a polling client before it asks.
                let count = way == .polling ? 100 : 1000
                try driver.file(count, padding: 4900)
                usleep(2_000_000)
                var received: [NotificationSocket.Event] = []
                do {
                    while received.count < count, case let heard? = try stuck?.next(within: 3) {
                        if case .event(let event) = heard { received.append(event) }
                    }
                } catch is Wire.Fault {
                    // Expected, except when polling: between two polls there is nothing that the client fails to read.
                }
                #expect(received.isRising)
                #expect(received.areLive)
                if way != .polling { #expect(received.count < count) }
                stuck = nil
                let back = try station.listen(admin, way)
                let missed = try back.eventsUntilQuiet(for: 1)
                #expect(missed.isRising)
                #expect(missed.areReplayed)
                #expect(Set(received.ids).union(missed.ids).count == count)
            }
        }
    }
}

extension StationProcess {
    /// The resident memory of the process, in kilobytes.
    fileprivate func residentKilobytes() throws -> Int {
        let lines = WholeFile.text("/proc/\(child?.pid ?? 0)/status").split(separator: "\n")
        let line = lines.first { $0.hasPrefix("VmRSS:") }
        guard let number = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw HarnessFault("no VmRSS")
        }
        return number
    }
}
