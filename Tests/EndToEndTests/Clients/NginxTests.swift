import JSON
import Testing

extension EndToEnd {
    /// A proxy that we did not write, between a client and the station.
    @Suite(.enabled(if: PythonEnvironment.mustRun || Nginx.path != nil, "needs nginx"))
    struct BehindNginx {
        @Test func `a ticket is changed with the tag that nginx weakened when it compressed the answer`() throws {
            try StationProcess.running { station in
                let nginx = try Nginx(before: station.port)
                let token = try station.logIn("admin@example.com").token
                let client = HTTPClient(port: nginx.port, token: token)
                let body: JSONValue = ["user_id": 1, "description": "Filed through nginx, which compresses answers"]
                #expect(try client.request("POST", "/api/v1/support", body).status == 201)
                let gzip = ("Accept-Encoding", "gzip")
                let read = try client.get("/api/v1/support/1", fields: [gzip])
                #expect(read.status == 200 && read["Content-Encoding"] == "gzip")
                let weak = try #require(read["ETag"])
                let strong = try #require(try client.get("/api/v1/support/1")["ETag"])
                #expect(weak == "W/" + strong)

                let current = try client.get("/api/v1/support/1", fields: [gzip, ("If-None-Match", weak)])
                #expect(current.status == 304)
                let patch: JSONValue = ["response": "On our way"]
                let changed = try client.request(
                    "PATCH", "/api/v1/support/1", patch, fields: [("If-Match", weak), gzip])
                #expect(changed.status == 200)
                // The first tag names a state that is gone, however it is written.
                let newer: JSONValue = ["response": "There"]
                for tag in [weak, strong] {
                    let late = try client.request("PATCH", "/api/v1/support/1", newer, fields: [("If-Match", tag)])
                    expectError(late, 412)
                    #expect(try client.get("/api/v1/support/1", fields: [("If-None-Match", tag)]).status == 200)
                }
                let tag = try #require(changed["ETag"])
                #expect(
                    try client.request("DELETE", "/api/v1/support/1", fields: [("If-Match", tag)]).status == 200)
            }
        }

        @Test func `the tag of a member's ticket passes nginx too`() throws {
            try StationProcess.running(.central) { server in
                let member = try server.reporter(7)
                #expect(try member.post([member.created(1)]).status == 200)
                let nginx = try Nginx(before: server.port)
                let client = HTTPClient(port: nginx.port, token: try server.logIn("admin@example.com").token)
                let path = "/api/v1/stations/7/support/1"
                let weak = try #require(try client.get(path, fields: [("Accept-Encoding", "gzip")])["ETag"])
                #expect(weak.hasPrefix("W/"))
                #expect(try client.get(path, fields: [("If-None-Match", weak)]).status == 304)
                let patch: JSONValue = ["response": "x"]
                #expect(try client.request("PATCH", path, patch, fields: [("If-Match", weak)]).status == 202)
            }
        }

        @Test func `the console's files keep their tags behind nginx`() throws {
            try StationProcess.running { station in
                let nginx = try Nginx(before: station.port)
                let client = HTTPClient(port: nginx.port)
                let read = try client.get("/api/openapi.json", fields: [("Accept-Encoding", "gzip")])
                let tag = try #require(read["ETag"])
                #expect(tag.hasPrefix("W/"))
                #expect(try client.get("/api/openapi.json", fields: [("If-None-Match", tag)]).status == 304)
            }
        }
    }
}
