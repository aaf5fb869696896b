import Foundation
import JSON
import Testing

extension EndToEnd {
    /// A copy of a data directory whose journal was copied too late, as a backup by hand easily is.
    @Suite struct IncompleteCopy {
        private static let limits = [("segment_bytes", 262_144), ("journal_bytes_max", 1 << 20)]

        @Test func `a copy that lacks events is not served as if nothing were missing`() throws {
            var options = StationProcess.Options(limits: Self.limits)
            options.isDemo = true
            let copy = try ScratchDirectory()
            let data = copy.file("data")
            try StationProcess.running(options) { station in
                try file(5, port: station.port, length: 10)
                try station.waitForDocuments()
                #expect(station.stop() == .code(0))
                try station.start()
                // The documents first, and the journal after it has let go of what they lack.
                try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
                for name in WholeFile.names(in: station.data) where name != "journal" && !name.hasSuffix("sock") {
                    try FileManager.default.copyItem(atPath: "\(station.data)/\(name)", toPath: "\(data)/\(name)")
                }
                try file(600, port: station.port, length: 4000)
                let first = "\(station.data)/journal/00000000000000000001.log"
                let deadline = Deadline(seconds: 20)
                while WholeFile.exists(first), !deadline.isOver { try file(10, port: station.port, length: 4000) }
                #expect(station.stop() == .code(0))
                try FileManager.default.copyItem(atPath: "\(station.data)/journal", toPath: "\(data)/journal")
            }

            let words = "the documents end before them, and the journal begins after them"
            let check = try CommandResult.stationd("check", data)
            #expect(check.exit == .code(65))
            #expect(check.all.contains(words), "\(check.excerpt)")
            let epoch = try CommandResult.stationd("new-epoch", data)
            #expect(epoch.exit == .code(65))
            #expect(epoch.all.contains(words), "\(epoch.excerpt)")

            options = StationProcess.Options(isDemo: false, limits: Self.limits, data: data)
            let restored = try StationProcess(options)
            defer { restored.remove() }
            #expect(throws: HarnessFault.self) { try restored.start() }
            #expect(restored.log.contains(words) && restored.log.contains("serve --accept-loss"))

            restored.options.arguments = ["--accept-loss"]
            try restored.start()
            #expect(restored.log.contains("accepted: it goes on without it"))
            #expect(try restored.client().get("/readyz").text.contains(words))
            restored.kill()
            restored.options.arguments = []
            try restored.start()
            #expect(try restored.client().get("/readyz").status == 200)
            #expect(restored.stop() == .code(0))
            #expect(try CommandResult.stationd("check", data).exit == .code(0))
        }

        /// The commands of the page are run as they stand there, except for the directories.
        @Test func `the way of copying in operating.md loses nothing that was answered`() throws {
            try StationProcess.running(.init(limits: Self.limits)) { station in
                let copy = try ScratchDirectory()
                let data = copy.file("data")
                try file(100, port: station.port, length: 4000)
                let known = try station.logIn("admin@example.com").get("/api/v1/support?limit=1")["X-Total-Count"]
                let port = station.port
                Thread { while (try? file(50, port: port, length: 4000)) != nil {} }.start()
                let result = try CommandResult.run(["/bin/sh", "-c", try Self.commands(from: station.data, to: data)])
                station.kill()
                #expect(result.exit == .code(0), "\(result.excerpt)")
                #expect(result.all.contains("no faults"), "\(result.excerpt)")
                let epoch = try CommandResult.stationd("new-epoch", data)
                #expect(epoch.exit == .code(0), "\(epoch.excerpt)")
                let restored = try StationProcess(.init(isDemo: false, limits: Self.limits, data: data))
                defer { restored.remove() }
                try restored.start()
                let list = try restored.logIn("admin@example.com").get("/api/v1/support?limit=1")
                let count = try #require(list["X-Total-Count"].flatMap { Int($0) })
                #expect(count >= Int(known ?? "") ?? .max)
            }
        }

        /// The indented lines after the heading "Back up", for these directories.
        private static func commands(from source: String, to target: String) throws -> String {
            let page = WholeFile.text("\(BuiltProduct.packageRoot.path)/share/doc/operating.md")
            let section = try #require(page.components(separatedBy: "## Back up\n").last)
            let lines = section.split(separator: "\n", omittingEmptySubsequences: false).drop { !$0.hasPrefix("    ") }
            return lines.prefix { $0.hasPrefix("    ") }.joined(separator: "\n")
                .replacing("/var/lib/stationd", with: source).replacing("/backup/stationd", with: target)
                .replacing("stationd check", with: "\(BuiltProduct.stationd) check")
        }

        private func file(_ count: Int, port: UInt16, length: Int) throws {
            let driver = try HTTPClient.loggedIn("driver@example.com", port: port)
            let text = String(repeating: "x", count: length)
            let body: JSONValue = ["user_id": 1, "description": .string(text)]
            var left = count
            while left > 0 {
                let answer = try driver.request("POST", "/api/v1/support", body)
                switch answer.status {
                case 201: left -= 1
                // The documents have to catch up before the small journal has room.
                case 507: usleep(20_000)
                default: throw HarnessFault("POST was answered \(answer.excerpt)")
                }
            }
        }
    }
}
