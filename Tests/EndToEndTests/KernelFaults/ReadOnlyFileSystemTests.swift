import Foundation
import JSON
import Testing

extension EndToEnd {
    /// A data directory on a file system that was remounted read-only, as the kernel does with a failing SD card.
    @Suite(.enabled(if: SmallFileSystem.isAvailable, "only root can mount a file system"))
    struct ReadOnlyFileSystem {
        @Test(arguments: [true, false])
        func `a station on a read-only file system can be read and not changed`(isClean: Bool) throws {
            let disk = try SmallFileSystem(bytes: 64 << 20)
            let data = "\(disk.path)/data"
            let station = try StationProcess(.init(isDemo: true, data: data))
            defer { station.remove() }
            try station.start()
            let body: JSONValue = ["user_id": 1, "description": "Locker 4 is stuck"]
            let created = try station.logIn("driver@example.com").request("POST", "/api/v1/support", body)
            #expect(created.status == 201)
            let etag = try #require(created["ETag"])
            if isClean {
                _ = station.stop()
            } else {
                station.kill()
                // A record that was being written when the power went.
                try tear(lastSegmentOf: data)
            }
            try disk.remount(readOnly: true)
            try station.start()

            #expect(station.log.contains("the file system is read-only"))
            let admin = try station.logIn("admin@example.com")
            let ready = try admin.get("/readyz")
            #expect(ready.status == 503)
            #expect(ready.text.contains("Read-only file system"))
            #expect(try admin.get("/healthz").status == 200)
            let ticket = try admin.get("/api/v1/support/1")
            #expect(ticket.status == 200)
            #expect(ticket["ETag"] == etag)
            #expect(try admin.get("/api/v1/support?q=locker").text.contains("Locker 4 is stuck"))
            #expect(try admin.get("/api/v1/notifications").text.contains("support_ticket_created"))
            let listener = try NotificationSocket(port: station.port, token: try #require(admin.token))
            _ = try listener.call("notifications:list", ["limit": 1])
            for (method, target, body) in Self.changes {
                let answer = try admin.request(method, target, body)
                expectError(answer, 507)
                #expect(answer.text.contains("read-only file system"))
            }
            #expect(try admin.get("/api/v1/support/1")["ETag"] == etag)
            _ = station.stop()

            // Once it can be written again, nothing is missing.
            try disk.remount(readOnly: false)
            try station.start()
            #expect(try station.logIn("admin@example.com").get("/api/v1/support/1").status == 200)
            #expect(try station.logIn("driver@example.com").request("POST", "/api/v1/support", body).status == 201)
        }

        private static let changes: [(String, String, JSONValue)] = [
            ("POST", "/api/v1/support", ["user_id": 1, "description": "Screen is black"]),
            ("PATCH", "/api/v1/support/1", ["response": "On my way"]),
            ("PATCH", "/api/v1/support/1/status", ["status": "closed"]),
            ("DELETE", "/api/v1/support/1", .null),
            ("POST", "/api/v1/support/1/comments", ["body": "On my way"]),
            ("POST", "/api/v1/stations", ["name": "East", "address": "1 East Road"]),
            ("PATCH", "/api/v1/stations/1", ["name": "East"]),
            ("PATCH", "/api/v1/users/1", ["phone": "+84 90 123 4567"]),
            ("POST", "/api/v1/notifications/read-all", .null),
        ]

        @Test func `a read-only file system without a station is refused`() throws {
            let disk = try SmallFileSystem(bytes: 1 << 20)
            mkdir("\(disk.path)/data", 0o750)
            try disk.remount(readOnly: true)
            let station = try StationProcess(.init(isDemo: false, data: "\(disk.path)/data"))
            defer { station.remove() }
            #expect(throws: HarnessFault.self) { try station.start() }
            #expect(station.log.contains("Read-only file system"))
        }

        private func tear(lastSegmentOf data: String) throws {
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(data)/journal").filter {
                $0.hasSuffix(".log")
            }
            let path = "\(data)/journal/\(try #require(names.max()))"
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            let end = try #require(bytes.lastIndex { $0 != 0 }) + 1
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try file.seek(toOffset: UInt64(end))
            try file.write(contentsOf: Data("00000000 {\"seq\":".utf8))
            try file.close()
        }
    }
}
