import Foundation
import JSON
import Testing

extension EndToEnd {
    /// Without space the station refuses writes and does everything else.
    @Suite(.enabled(if: SmallFileSystem.isAvailable, "mounting a small tmpfs needs root"))
    struct DiskFull {
        @Test func `a full disk makes the station read-only until there is space again`() throws {
            let disk = try SmallFileSystem(bytes: 16 << 20)
            defer { withExtendedLifetime(disk) {} }
            var options = StationProcess.Options(limits: [("segment_bytes", 262_144), ("journal_bytes_max", 4 << 20)])
            options.data = "\(disk.path)/data"
            try StationProcess.running(options) { station in
                let admin = try station.logIn("admin@example.com")
                let body: JSONValue = ["user_id": 1, "description": .string(String(repeating: "full ", count: 200))]
                var answered: [JSONValue] = []
                for _ in 0..<20 { answered.append(try admin.request("POST", "/api/v1/support", body).json) }
                let first = try #require(answered.first?["support_id"])

                // Fill the disk while writing, until a write is refused.
                var refusal: HTTPAnswer?
                for _ in 0..<3000 where refusal == nil {
                    try disk.fill(leaving: 0)
                    let answer = try admin.request("POST", "/api/v1/support", body)
                    if answer.status == 201 { answered.append(answer.json) } else { refusal = answer }
                }
                let refused = try #require(refusal)
                expectError(refused, 507)
                #expect(refused.json["message"]?.stringValue?.isEmpty == false)
                expectError(try admin.request("PATCH", "/api/v1/support/\(first)", ["response": "x"]), 507)
                #expect(try admin.get("/api/v1/support/\(first)").json == answered.first)
                #expect(try admin.get("/healthz").status == 200)
                #expect(try admin.get("/readyz").text.contains("read"))

                // The station also starts with a full disk, and has every ticket.
                try station.restart()
                let again = HTTPClient(port: station.port, token: admin.token)
                #expect(try again.get("/api/v1/support?limit=1")["X-Total-Count"] == String(answered.count))

                // With space again, writes succeed within a few seconds.
                disk.empty()
                let deadline = Deadline(seconds: 15)
                var answer = try again.request("POST", "/api/v1/support", body)
                while answer.status == 507, !deadline.isOver {
                    usleep(50_000)
                    answer = try again.request("POST", "/api/v1/support", body)
                }
                #expect(answer.status == 201, "\(answer.excerpt)")
                answered.append(answer.json)
                #expect(station.stop() == .code(0))
                let check = try CommandResult.stationd("check", station.data)
                #expect(check.exit == .code(0), "\(check.excerpt)")
                try station.start()
                let last = HTTPClient(port: station.port, token: admin.token)
                let listed = try last.get("/api/v1/support").json.arrayValue ?? []
                #expect(Array(listed.reversed()) == answered)
            }
        }
    }
}
