import Foundation
import JSON
import Testing

extension EndToEnd {
    /// Whatever happened to its files, the station starts, keeps what can be kept, and reports what it found.
    @Suite struct DamagedStore {
        private static let ticketCount = 150

        /// Ends a station with several segments, lets `damage` change its files, then checks the data and starts again.
        private func afterDamage(
            checkpointed: Bool = true, _ damage: (_ data: String) throws -> Void,
            _ verify: (_ station: StationProcess, _ check: CommandResult, _ client: HTTPClient) throws -> Void
        ) throws {
            let limits = [("segment_bytes", 262_144), ("journal_bytes_max", 4 << 20)]
            try StationProcess.running(.init(limits: limits)) { station in
                let driver = try station.logIn("driver@example.com")
                let padding = String(repeating: "x", count: 2000)
                for index in 1...Self.ticketCount {
                    let body: JSONValue = ["user_id": 1, "description": .string("Ticket \(index) \(padding)")]
                    let answer = try driver.request("POST", "/api/v1/support", body)
                    #expect(answer.status == 201)
                }
                // A clean stop brings the ticket files up to date. A kill leaves everything to the journal.
                if checkpointed {
                    try station.waitForDocuments()
                    #expect(station.stop() == .code(0))
                    #expect(WholeFile.exists("\(station.data)/tickets/1.json"))
                    let before = try CommandResult.stationd("check", station.data)
                    #expect(before.exit == .code(0), "\(before.excerpt)")
                } else {
                    station.kill()
                }
                #expect(segments(station.data).count > 1)
                try damage(station.data)
                let check = try CommandResult.stationd("check", station.data)
                // The demonstration continues only with data that it knows to be its own.
                station.options.isDemo = false
                try station.start()
                try verify(station, check, HTTPClient(port: station.port, token: driver.token))
            }
        }

        /// Expects all tickets except at most `missingMax`, unchanged, and that another one can be filed.
        private func expectTickets(_ client: HTTPClient, missingMax: Int = 0) throws {
            let answer = try client.get("/api/v1/support?limit=1000")
            #expect(answer.status == 200)
            let tickets = answer.json.arrayValue ?? []
            #expect((Self.ticketCount - missingMax...Self.ticketCount).contains(tickets.count))
            for ticket in tickets {
                let start = "Ticket \(ticket["support_id"] ?? .null) xxx"
                #expect(ticket["description"]?.stringValue?.hasPrefix(start) == true)
            }
            let next = try client.request("POST", "/api/v1/support", ["user_id": 1, "description": "Afterwards"])
            #expect(next.status == 201)
            #expect(!tickets.contains { $0["support_id"] == next.json["support_id"] })
        }

        private func segments(_ data: String) -> [String] {
            WholeFile.names(in: "\(data)/journal").filter { $0.hasSuffix(".log") }.map { "\(data)/journal/\($0)" }
        }

        private func readiness(_ client: HTTPClient) throws -> String { try client.get("/readyz").text }

        /// The files of 65 NULs are what a power failure may leave.
        @Test(arguments: [[], [UInt8](repeating: 0, count: 65), Array("short\n".utf8)])
        func `a damaged secret of the station's own is replaced, and everybody signs in again`(bytes: [UInt8]) throws {
            let station = try StationProcess()
            defer { station.remove() }
            try station.start()
            let token = try station.logIn("admin@example.com").token
            #expect(station.stop() == .code(0))
            let path = "\(station.data)/secret.key"
            try WholeFile.write(bytes: bytes, to: path)
            station.options.isDemo = false
            try station.start()
            #expect(station.log.contains("a new one was made: everybody must sign in again"))
            #expect(try station.client().get("/readyz").text.contains("everybody must sign in again"))
            #expect(try HTTPClient(port: station.port, token: token).get("/api/v1/auth/me").status == 401)
            let fresh = try station.logIn("admin@example.com")
            #expect(try fresh.get("/api/v1/auth/me").status == 200)
            #expect(try WholeFile.read("\(station.data)/quarantine/secret.key") == bytes)
            #expect(WholeFile.mode(path) == 0o600)
            // It is found damaged once.
            #expect(station.stop() == .code(0))
            try station.start()
            #expect(!station.log.contains("sign in again"))
            #expect(try HTTPClient(port: station.port, token: fresh.token).get("/api/v1/auth/me").status == 200)
        }

        @Test func `a damaged shared secret is refused and left alone`() throws {
            let scratch = try ScratchDirectory()
            let path = scratch.file("shared.key")
            let nuls = [UInt8](repeating: 0, count: 65)
            try WholeFile.write(bytes: nuls, to: path)
            let settings: [(String, JSONValue)] = [("jwt", ["secret_file": .string(path)])]
            let station = try StationProcess(.init(isDemo: false, settings: settings))
            defer { station.remove() }
            #expect(throws: HarnessFault.self) { try station.start() }
            #expect(station.log.contains("\(path) must have at least 32 bytes of printable text"))
            #expect(try WholeFile.read(path) == nuls)
            // A good one that anyone can read is used, with a warning.
            try WholeFile.write(bytes: Array("correct horse battery staple, and more\n".utf8), to: path)
            chmod(path, 0o644)
            try station.start()
            #expect(station.log.contains("every user of this machine can use the secret"))
        }

        @Test(arguments: ["inboxes", "journal", "secret.key"])
        func `a data directory with a symbolic link is refused by name`(name: String) throws {
            let outside = try ScratchDirectory()
            let station = try StationProcess()
            defer { station.remove() }
            try station.start()
            #expect(station.stop() == .code(0))
            let (path, target) = ("\(station.data)/\(name)", outside.file(name))
            if FileManager.default.fileExists(atPath: path) {
                try FileManager.default.moveItem(atPath: path, toPath: target)
            } else {
                try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
            }
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
            let before = try FileManager.default.subpathsOfDirectory(atPath: outside.path).sorted()
            station.options.isDemo = false
            #expect(throws: HarnessFault.self) { try station.start() }
            #expect(station.log.contains("\(path) is a symbolic link, and stationd follows none"))
            #expect(try FileManager.default.subpathsOfDirectory(atPath: outside.path).sorted() == before)
            #expect(try CommandResult.stationd("check", station.data).exit != .code(0))
        }

        @Test(arguments: [false, true])
        func `a torn last record is cut off and kept aside`(checkpointed: Bool) throws {
            var segment = ""
            try afterDamage(checkpointed: checkpointed) { data in
                segment = try #require(segments(data).last { (try? WholeFile.read($0))?.contains(0x0A) == true })
                var bytes = try WholeFile.read(segment)
                let end = try #require(bytes.lastIndex { $0 != 0 })
                let start = bytes[..<end].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
                for index in (start + end) / 2...end { bytes[index] = 0 }
                try WholeFile.write(bytes: bytes, to: segment)
            } _: { station, check, client in
                let name = URL(fileURLWithPath: segment).lastPathComponent
                #expect(check.all.contains(name), "\(check.excerpt)")
                try expectTickets(client, missingMax: checkpointed ? 0 : 1)
                #expect(!WholeFile.names(in: "\(station.data)/quarantine").isEmpty)
                #expect(station.log.contains(name))
            }
        }

        @Test(arguments: [false, true])
        func `a flipped byte in the middle is reported, and everything else is there`(checkpointed: Bool) throws {
            try afterDamage(checkpointed: checkpointed) { data in
                let segment = try #require(segments(data).last)
                var bytes = try WholeFile.read(segment)
                let end = try #require(bytes.lastIndex { $0 != 0 })
                let mark = try #require(bytes[(end / 2)...].firstIndex(of: 0x0A))
                try #require(mark + 60 < end)
                bytes[mark + 60] ^= 0x04
                try WholeFile.write(bytes: bytes, to: segment)
            } _: { station, check, client in
                #expect(check.exit == .code(65), "\(check.excerpt)")
                #expect(check.all.contains("journal/") && check.all.contains("line"), "\(check.excerpt)")
                #expect(try readiness(client).contains("journal/"))
                #expect(!WholeFile.names(in: "\(station.data)/quarantine").isEmpty)
                try expectTickets(client, missingMax: checkpointed ? 0 : 1)
                // The next start loses nothing more.
                let count = try client.get("/api/v1/support?limit=1")["X-Total-Count"]
                try station.restart()
                let again = HTTPClient(port: station.port, token: client.token)
                #expect(try again.get("/api/v1/support?limit=1")["X-Total-Count"] == count)
            }
        }

        @Test func `a damaged ticket file is quarantined and rebuilt`() throws {
            try afterDamage { data in
                try WholeFile.write("{\"support_id\": 1, \"descri", to: "\(data)/tickets/1.json")
            } _: { station, check, client in
                #expect(check.exit == .code(65), "\(check.excerpt)")
                #expect(check.all.contains("tickets/1.json"), "\(check.excerpt)")
                #expect(try readiness(client).contains("tickets/1.json"))
                #expect(WholeFile.names(in: "\(station.data)/quarantine").contains { $0.contains("1.json") })
                // The journal still has it.
                #expect(try client.get("/api/v1/support/1").status == 200)
                try expectTickets(client)
            }
        }

        @Test func `missing cursors and leftovers do no harm`() throws {
            try afterDamage { data in
                try FileManager.default.removeItem(atPath: "\(data)/cursors/checkpointer.json")
                try WholeFile.write("{\"support_id\": 7", to: "\(data)/tickets/7.json.tmp")
                try WholeFile.write(bytes: [0, 0, 0, 1], to: "\(data)/journal/next.tmp")
                try WholeFile.write("a note", to: "\(data)/journal/README")
            } _: { station, check, client in
                #expect(check.all.contains("README"), "\(check.excerpt)")
                try expectTickets(client)
                #expect(WholeFile.text("\(station.data)/journal/README") == "a note")
                #expect(station.stop() == .code(0))
                #expect(!WholeFile.exists("\(station.data)/tickets/7.json.tmp"))
            }
        }

        @Test func `a missing station.json is rebuilt from the journal`() throws {
            var epoch: JSONValue?
            try afterDamage { data in
                epoch = try JSONParser.parse(WholeFile.read("\(data)/station.json"))["epoch"]
                try FileManager.default.removeItem(atPath: "\(data)/station.json")
            } _: { station, check, client in
                #expect(check.exit == .code(65), "\(check.excerpt)")
                #expect(check.all.contains("station.json"), "\(check.excerpt)")
                #expect(epoch != nil)
                #expect(try JSONParser.parse(WholeFile.read("\(station.data)/station.json"))["epoch"] == epoch)
                try expectTickets(client)
            }
        }

        @Test func `people can read the files`() throws {
            try afterDamage { _ in
            } _: { station, check, client in
                #expect(check.exit == .code(0), "\(check.excerpt)")
                let ticket = try WholeFile.read("\(station.data)/tickets/1.json")
                let document = try JSONParser.parse(ticket)
                #expect(document["support_id"] == 1)
                #expect(document.objectValue?.members.last?.key == "sequence")
                #expect(String(decoding: ticket, as: UTF8.self).contains("\n  \"support_id\": 1"))
                #expect(WholeFile.mode("\(station.data)/secret.key") == 0o600)
                let segment = try WholeFile.read(try #require(segments(station.data).first))
                for line in segment.split(separator: 0x0A).dropLast() {
                    let digits = line.prefix(8)
                    #expect(digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
                    #expect((try? JSONParser.parse(Array(line.dropFirst(9))))?.objectValue != nil)
                }
                try expectTickets(client)
            }
        }
    }
}
