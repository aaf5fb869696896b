import Bytes
import HTTP

/// Drives a server machine: passes in the given pieces, answers each request with 200, and reports all events as text.
enum ServerConversation {
    static let date = Timestamp(milliseconds: 1_736_678_000_000)

    static func time(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(milliseconds: milliseconds) }

    /// The machine's events for `pieces`, a line each, and its final state.
    static func events(of pieces: [ArraySlice<UInt8>], limits: HTTPLimits = HTTPLimits()) -> [String] {
        var machine = HTTPServerMachine(limits: limits, now: time(0))
        var events: [String] = []
        for piece in pieces {
            machine.receive(Array(piece).span, now: time(0))
            answerEvents(of: &machine, into: &events)
        }
        if machine.wantsClose {
            events.append("closed")
        } else {
            events.append(machine.isIdle ? "idle" : "incomplete")
        }
        return events
    }

    /// The machine's events for a text in one piece.
    static func events(ofText text: String, limits: HTTPLimits = HTTPLimits()) -> [String] {
        events(of: [Array(text.utf8)[...]], limits: limits)
    }

    /// All splits that a test tries: one piece, single bytes, and two pieces cut at each place.
    static func splits(of bytes: [UInt8]) -> [[ArraySlice<UInt8>]] {
        [[bytes[...]], bytes.indices.map { bytes[$0...$0] }] + bytes.indices.map { [bytes[..<$0], bytes[$0...]] }
    }

    private static func answerEvents(of machine: inout HTTPServerMachine, into events: inout [String]) {
        while let event = machine.nextEvent() {
            var output: [UInt8] = []
            switch event {
            case .request(let request):
                events.append(text(of: request))
                machine.respond(HTTPResponse(status: .ok), date: date, now: time(0), into: &output)
            case .continueExpected: events.append("100")
            case .fault(let fault):
                events.append("\(fault.status.rawValue) \(fault.message)")
                machine.respond(HTTPResponse(status: fault.status), date: date, now: time(0), into: &output)
            }
        }
    }

    /// `POST /a ["a"] {q=1} host "content"`, then `close` if the connection ends.
    static func text(of request: HTTPRequest) -> String {
        var text = "\(request.method.rawValue) \(request.path) \(request.segments)"
        if !request.query.isEmpty {
            text += " {" + request.query.items.map { "\($0.name)=\($0.value)" }.joined(separator: "&") + "}"
        }
        text += " \(request.fields["host"] ?? "-")"
        if !request.body.isEmpty { text += " \"" + String(decoding: request.body, as: UTF8.self) + "\"" }
        if let upgrade = request.upgradeProtocol { text += " to \(upgrade)" }
        return request.keepAlive ? text : text + " close"
    }
}
