import Foundation
import JSON
import Synchronization
import Testing

extension EndToEnd {
    /// A hostile central server does no harm, whatever it answers. The station reports the fault, serves its own
    /// clients, loses nothing, and ships everything once a real central server is there.
    @Suite struct HostileCentral {
        private struct Case: Sendable {
            let name: String
            /// The text that the status must come to show.
            let error: String
            let script: ScriptedCentral.Script
        }

        /// A script that knows nothing about the station and answers its events with `reply`.
        private static func answering(_ reply: ScriptedCentral.Reply) -> ScriptedCentral.Script {
            { request in
                if request.hasPrefix("POST") { return reply }
                return request.contains("/commands") ? .silence : .bytes(ScriptedCentral.nothingKnown)
            }
        }

        private static func answer(_ status: String, _ body: String = "", fields: String = "") -> ScriptedCentral.Reply
        {
            .bytes(ScriptedCentral.answer(status, body, fields: fields))
        }

        private static let cases: [Case] = [
            Case(
                name: "garbage", error: "is not HTTP",
                script: { _ in .bytes(Array("\u{0}\u{1}garbage\r\n\r\n".utf8)) }),
            Case(name: "closes at once", error: "closed the connection", script: { _ in .last([]) }),
            Case(
                name: "closes in the middle", error: "in the middle of an answer",
                script: { _ in .last(Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"acc".utf8)) }),
            Case(name: "errors", error: "answered 500", script: { _ in answer("500 Internal Server Error") }),
            Case(
                name: "an endless head", error: "too large",
                script: { _ in .endless(Array("HTTP/1.1 200 OK\r\nX-Long: ".utf8)) }),
            Case(
                name: "an endless body", error: "too large",
                script: answering(.endless(Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{".utf8)))),
            Case(
                name: "a body of enormous length", error: "too large",
                script: answering(.bytes(Array("HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n".utf8)))),
            Case(name: "not JSON", error: "not understood", script: { _ in answer("200 OK", "<html>") }),
            Case(
                name: "unexpected JSON", error: "not understood",
                script: { _ in answer("200 OK", #"{"epoch":7,"acceptedThrough":-1}"#) }),
            Case(
                name: "a number too large", error: "not understood",
                script: answering(answer("200 OK", #"{"acceptedThrough":"99999999999999999999"}"#))),
            Case(
                name: "more than was sent", error: "that it was not sent",
                script: answering(answer("200 OK", #"{"acceptedThrough":"00000000000000009999"}"#))),
            Case(
                name: "accepted for later", error: "(202)", script: answering(answer("202 Accepted", "{}"))),
            Case(
                name: "a redirect", error: "which is not followed",
                script: answering(
                    answer("307 Temporary Redirect", fields: "Location: http://127.0.0.1:1/elsewhere\r\n"))),
            Case(
                name: "no fleet routes", error: "knows no stations (404)", script: { _ in answer("404 Not Found") }),
            Case(name: "a token refused", error: "upstream.token", script: { _ in answer("401 Unauthorized") }),
            Case(
                name: "too large each time", error: "too large (413)",
                script: answering(answer("413 Content Too Large"))),
            Case(
                name: "always from the start", error: "again and again",
                script: answering(answer("409 Conflict", #"{"expected":"00000000000000000001"}"#))),
            Case(
                name: "a gap beyond the end", error: "put back from a copy",
                script: answering(answer("409 Conflict", #"{"expected":"00000000000000009999"}"#))),
            Case(
                name: "busy", error: "left alone",
                script: answering(answer("503 Service Unavailable", fields: "Retry-After: 1\r\n"))),
            Case(
                name: "answers without requests", error: "without a request",
                script: { _ in
                    .bytes(ScriptedCentral.nothingKnown + ScriptedCentral.nothingKnown + ScriptedCentral.nothingKnown)
                }),
        ]

        @Test func `no answer of a central server harms the station`() throws {
            let stage = try UplinkStage()
            defer { stage.remove() }
            let member = try stage.addMember(7)
            try member.waitUntilShipped()
            var tried = 0
            for one in Self.cases {
                let hostile = try ScriptedCentral(one.script)
                defer { hostile.end() }
                stage.divert(to: hostile.port)
                member.proxy.reset()
                let body: JSONValue = ["user_id": 1, "description": .string(one.name), "station_id": 1]
                #expect(try member.admin.request("POST", "/api/v1/support", body).status == 201, "\(one.name)")
                let deadline = Deadline(seconds: 10)
                var error = ""
                while !error.contains(one.error), !deadline.isOver {
                    member.tryNow()
                    usleep(50_000)
                    error = try member.upstream()["last_error"]?.stringValue ?? ""
                }
                #expect(error.contains(one.error), "\(one.name): \(error)")
                stage.divert(to: nil)
                member.proxy.reset()
                try Self.waitUntilShipped(member)
                tried += 1
            }
            print("HostileCentral: \(tried) kinds of answers")
            #expect(tried == Self.cases.count)
            #expect(try stage.differences(member) == [])
            #expect(member.station.child?.poll() == nil)
        }

        /// Waits until everything has arrived at the real central server.
        private static func waitUntilShipped(_ member: UplinkStage.Member) throws {
            let deadline = Deadline(seconds: 10)
            while true {
                member.tryNow()
                let upstream = try member.upstream()
                if upstream["state"] == "idle", upstream["backlog_events"] == 0 { return }
                guard !deadline.isOver else { throw HarnessFault("the station is not up to date: \(upstream.text)") }
                usleep(20_000)
            }
        }

        @Test func `Retry-After is obeyed`() throws {
            let stage = try UplinkStage()
            defer { stage.remove() }
            let busy = ScriptedCentral.answer("429 Too Many Requests", fields: "Retry-After: 2\r\n")
            let hostile = try ScriptedCentral(Self.answering(.bytes(busy)))
            defer { hostile.end() }
            stage.divert(to: hostile.port)
            let member = try stage.addMember(7)
            #expect(member.station.waitForLog("asks to be left alone for a while (429)"))
            usleep(1_200_000)
            #expect(hostile.requestLines.count { $0.hasPrefix("POST") } == 1)
            let wait = try member.upstream()["next_try_seconds"]?.integerValue
            // The wait is two seconds plus up to half as much again, and more than one second is over.
            #expect(wait == 1 || wait == 2)
            stage.divert(to: nil)
            try member.waitUntilShipped()
            #expect(try stage.differences(member) == [])
        }

        /// The station's clock is years from that of the answers, whose own `Date` counts.
        @Test func `Retry-After is obeyed as a date too, and from a proxy in front`() throws {
            let stage = try UplinkStage()
            defer { stage.remove() }
            let member = try stage.addMember(7)
            try member.waitUntilShipped()
            let date = "Date: Wed, 21 Oct 2015 07:26:00 GMT\r\n"
            let busy = "503 Service Unavailable"
            let cases: [(status: String, fields: String, wait: ClosedRange<Int64>)] = [
                (busy, "\(date)Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n", 110...180),
                (busy, "\(date)Retry-After: Wednesday, 21-Oct-15 07:28:00 GMT\r\n", 110...180),
                (busy, "\(date)Retry-After: Wed Oct 21 07:28:00 2015\r\n", 110...180),
                ("429 Too Many Requests", "Retry-After: 120\r\n", 110...180),
                ("502 Bad Gateway", "Retry-After: 120\r\n", 110...180),
                ("504 Gateway Timeout", "\(date)Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n", 110...180),
                // A century is a day here; what is over or nonsense leaves the station its own pauses.
                (busy, "\(date)Retry-After: Wed, 21 Oct 2115 07:28:00 GMT\r\n", 86_300...129_600),
                (busy, "Retry-After: 99999999999999999999999\r\n", 86_300...129_600),
                (busy, "\(date)Retry-After: Wed, 21 Oct 2015 07:20:00 GMT\r\n", 0...60),
                (busy, "Retry-After: Wed, 21 Oct 2999 07:28:00 GMT\r\n", 0...60),
                (busy, "\(date)Retry-After: at noon\r\n", 0...60),
            ]
            for one in cases {
                let hostile = try ScriptedCentral { _ in Self.answer(one.status, fields: one.fields) }
                defer { hostile.end() }
                stage.divert(to: hostile.port)
                member.proxy.reset()
                let code = String(one.status.prefix(3))
                let deadline = Deadline(seconds: 10)
                var upstream = JSONValue.null
                repeat {
                    member.tryNow()
                    usleep(100_000)
                    upstream = try member.upstream()
                } while upstream["last_error"]?.stringValue?.contains(code) != true && !deadline.isOver
                let wait = upstream["next_try_seconds"]?.integerValue ?? -1
                #expect(one.wait.contains(wait), "\(one.fields): \(upstream.text)")
                stage.divert(to: nil)
                try Self.waitUntilShipped(member)
            }
        }

        @Test func `malformed commands do no harm`() throws {
            let stage = try UplinkStage()
            defer { stage.remove() }
            let member = try stage.addMember(7)
            try member.waitUntilShipped()
            let answers = [
                "[]", "{}", #"{"epoch":"c","commands":{}}"#, #"{"epoch":"c d","commands":[]}"#,
                #"{"epoch":"c","commands":[{"number":-1}]}"#, #"{"epoch":"c","commands":[{"number":2},{"number":2}]}"#,
                #"{"epoch":"c","commands":[5,null]}"#,
            ]
            for answer in answers {
                let hostile = try ScriptedCentral { request in
                    request.contains("/commands")
                        ? Self.answer("200 OK", answer) : .bytes(ScriptedCentral.nothingKnown)
                }
                defer { hostile.end() }
                stage.divert(to: hostile.port)
                member.proxy.reset()
                let deadline = Deadline(seconds: 10)
                while !hostile.requestLines.contains(where: { $0.contains("/commands") }), !deadline.isOver {
                    member.tryNow()
                    usleep(10_000)
                }
                #expect(hostile.requestLines.contains { $0.contains("/commands") }, "\(answer)")
            }
            // A command of nobody's can be delivered. The station does not carry it out and ships that.
            let strange = try ScriptedCentral { request in
                let body = #"{"epoch":"x","commands":[{"number":4,"id":"odd","type":"ticket.fold","data":[]}]}"#
                guard request.contains("/commands") else { return .bytes(ScriptedCentral.nothingKnown) }
                return request.contains("after=4") ? .silence : Self.answer("200 OK", body)
            }
            defer { strange.end() }
            stage.divert(to: strange.port)
            member.proxy.reset()
            let deadline = Deadline(seconds: 10)
            while !strange.requestLines.contains(where: { $0.contains("after=4") }), !deadline.isOver {
                member.tryNow()
                usleep(10_000)
            }
            #expect(strange.requestLines.contains { $0.contains("/commands?after=4&wait=30&epoch=x&station_epoch=") })
            stage.divert(to: nil)
            member.proxy.reset()
            try Self.waitUntilShipped(member)
            #expect(try stage.arrivals(from: 7).contains { $0.type == "support.command.refused" })
        }
    }
}
