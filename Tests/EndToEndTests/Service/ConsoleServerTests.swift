import Foundation
import JSON
import Testing

extension EndToEnd {
    /// What the console needs besides tickets: canned answers, languages, escalations, reports, sessions, settings.
    @Suite struct ConsoleServer {
        @Test func `admins write canned answers, staff read them, and they outlive a kill`() throws {
            try StationProcess.running { station in
                var (driver, admin, staff) = try station.demoClients()
                let draft: JSONValue = ["title": "Khởi động lại", "body": "Rút pin ra rồi cắm lại.", "language": "vi"]
                let key = [("Idempotency-Key", "a1")]
                let made = try admin.request("POST", "/api/v1/answers", draft, fields: key)
                #expect(made.status == 201 && made.json == draft.with(["answer_id": 1]), "\(made.text)")
                #expect(try admin.request("POST", "/api/v1/answers", draft, fields: key).json == made.json)
                _ = try admin.request("POST", "/api/v1/answers", ["title": "Wait", "body": "Please wait."])
                let changed = try admin.request("PATCH", "/api/v1/answers/1", ["title": "Khởi động", "language": nil])
                #expect(changed.json["title"] == "Khởi động" && changed.json["language"] == .null)
                let gone = try admin.request("DELETE", "/api/v1/answers/2")
                #expect(gone.status == 200 && gone.json["title"] == "Wait")
                // It listens on another port.
                try station.restart()
                (driver, admin, staff) = try station.demoClients()
                #expect(try staff.get("/api/v1/answers").json == [changed.json])
                // A number is not used again.
                let third = try admin.request("POST", "/api/v1/answers", ["title": "Third", "body": "x"])
                #expect(third.json["answer_id"] == 3)
                expectError(try driver.get("/api/v1/answers"), 403)
                expectError(try staff.request("POST", "/api/v1/answers", draft), 403)
                expectError(try staff.request("DELETE", "/api/v1/answers/1"), 403)
                expectError(try staff.get("/api/v1/answers/2"), 404)
                expectError(
                    try admin.request("POST", "/api/v1/answers", ["title": " ", "body": "x", "language": "fr"]), 400)
            }
        }

        @Test func `people are notified in their language, live, later and in lists`() throws {
            try StationProcess.running { station in
                let (driver, admin, staff) = try station.demoClients()
                #expect(try driver.request("PATCH", "/api/v1/auth/me", ["language": "vi"]).json["language"] == "vi")
                _ = try admin.request("PATCH", "/api/v1/users/3", ["language": "vi"])
                let sockets = try [driver, admin, staff].map { try station.listen($0) }
                _ = try driver.request(
                    "POST", "/api/v1/support", ["user_id": 1, "description": "No power", "station_id": 1])
                #expect(try sockets[1].nextEvent().payload["title"] == "New Support Ticket")
                let filed = try sockets[2].nextEvent().payload
                #expect(filed["title"] == "Phiếu hỗ trợ mới")
                #expect(filed["message"] == "john_driver vừa gửi một phiếu hỗ trợ mới")
                _ = try staff.request("POST", "/api/v1/support/1/comments", ["body": "On my way"])
                let comment = try sockets[0].nextEvent().payload
                #expect(comment["message"] == "staff đã bình luận về phiếu hỗ trợ #1")
                #expect(try driver.get("/api/v1/notifications").json == [comment.with(["read": false])])
                #expect(try staff.get("/api/v1/notifications").json.arrayValue?.first?["title"] == "Phiếu hỗ trợ mới")
                // Who comes later is told in the language that holds then.
                let late = try station.listen(staff)
                #expect(try late.nextEvent().payload["title"] == "Phiếu hỗ trợ mới")
                _ = try staff.request("PATCH", "/api/v1/auth/me", ["language": nil])
                #expect(try staff.get("/api/v1/notifications").json.arrayValue?.first?["title"] == "New Support Ticket")
                expectError(try staff.request("PATCH", "/api/v1/auth/me", ["language": "fr", "role": "admin"]), 400)
            }
        }

        @Test func `reports, files and sessions show what the caller may see`() throws {
            try StationProcess.running { station in
                let (driver, admin, staff) = try station.demoClients()
                let texts = ["=1+1", "said \"no\", twice", "+84 901", "plain"]
                for text in texts {
                    _ = try driver.request(
                        "POST", "/api/v1/support", ["user_id": 1, "description": .string(text), "station_id": 1])
                }
                _ = try admin.request("POST", "/api/v1/support", ["user_id": 1, "description": "Elsewhere"])
                _ = try staff.request("PATCH", "/api/v1/support/1", ["status": "closed"])
                _ = try driver.request("PATCH", "/api/v1/support/1/rating", ["rating": 5])
                let report = try admin.get("/api/v1/support/report?days=3&utc_offset_minutes=420").json
                #expect(report["days"]?.arrayValue?.count == 3 && report["all"]?["filed"] == 5)
                #expect(report["by_station"]?.arrayValue?.map { $0["station_id"] } == [.null, 1])
                #expect(report["all"]?["first_answer"]?["count"] == 1 && report["all"]?["close"]?["count"] == 1)
                #expect(report["all"]?["ratings"]?["5"] == 1 && report["all"]?["ratings"]?["average"] == 5.0)
                #expect(try staff.get("/api/v1/support/report").json["all"]?["filed"] == 4)
                expectError(try driver.get("/api/v1/support/report"), 403)
                expectError(try staff.get("/api/v1/support/report?days=400"), 400)

                let file = try admin.get("/api/v1/support.csv?sort=oldest&limit=4")
                #expect(file["Content-Type"] == "text/csv; charset=utf-8" && file["X-Total-Count"] == "5")
                #expect(file["Link"]?.contains("support.csv") == true)
                let lines = file.text.components(separatedBy: "\r\n")
                #expect(lines.count == 6 && lines[0].hasSuffix("closed_at,escalated_at"))
                #expect(lines[1].contains("\"'=1+1\"") && lines[2].contains("\"said \"\"no\"\", twice\""))
                #expect(lines[3].contains("\"'+84 901\"") && lines[4].contains(",plain,"))

                let socket = try station.listen(staff)
                _ = try socket.events(4)
                _ = try socket.call("ticket:view", ["support_id": 2])
                let sessions = try admin.get("/api/v1/sessions").json
                #expect(sessions.arrayValue?.first?["username"] == "staff" && sessions.arrayValue?.count == 1)
                #expect(sessions.arrayValue?.first?["sockets"]?.arrayValue?.first?["viewing"] == 2)
                #expect(try admin.get("/api/v1/users/3/sessions").json == sessions)
                #expect(try admin.get("/api/v1/users/1/sessions").json == [])
                expectError(try staff.get("/api/v1/sessions"), 403)
                let settings = try admin.get("/api/v1/settings").json.arrayValue ?? []
                #expect(settings.contains { $0["name"] == "escalation.urgent_minutes" && $0["value"] == 0 })
                #expect(settings.filter { $0["secret"] == true }.allSatisfy { $0["value"] == .null })
                expectError(try staff.get("/api/v1/settings"), 403)
                #expect(try admin.get("/api/v1/status").json["findings"] == [])
            }
        }
    }
}
