import Bytes
import HTTP
import Testing

@Suite struct HTTPServerMachineTimeTests {
    private var limits: HTTPLimits {
        var limits = HTTPLimits()
        limits.headTimeoutMillis = 100
        limits.bodyTimeoutMillis = 300
        limits.bodyBytesPerSecondMin = 100
        limits.idleTimeoutMillis = 1000
        return limits
    }

    private func time(_ milliseconds: Int64) -> MonotonicTime { ServerConversation.time(milliseconds) }

    private func receive(_ text: String, at milliseconds: Int64, _ machine: inout HTTPServerMachine) -> HTTPServerEvent?
    {
        machine.receive(Array(text.utf8).span, now: time(milliseconds))
        return machine.nextEvent()
    }

    private func answer(_ machine: inout HTTPServerMachine, at milliseconds: Int64) {
        var output: [UInt8] = []
        machine.respond(
            HTTPResponse(status: .ok), date: ServerConversation.date, now: time(milliseconds), into: &output)
    }

    private func isTimeout(_ expiry: HTTPExpiry) -> Bool {
        if case .fault(let fault) = expiry { fault.status == .requestTimeout } else { false }
    }

    @Test func `an idle connection is closed silently`() {
        var machine = HTTPServerMachine(limits: limits, now: time(5))
        #expect(machine.deadline == time(1005))
        #expect(machine.expire(now: time(1004)) == .none && !machine.wantsClose)
        #expect(machine.expire(now: time(1005)) == .closeSilently && machine.wantsClose && machine.deadline == nil)
    }

    @Test func `the head's time starts at its first byte`() {
        var machine = HTTPServerMachine(limits: limits, now: time(0))
        #expect(receive("G", at: 50, &machine) == nil)
        #expect(machine.deadline == time(150))
        #expect(receive("ET / HTTP/1.1\r\nHost", at: 149, &machine) == nil)
        #expect(machine.deadline == time(150))
        #expect(machine.expire(now: time(149)) == .none)
        #expect(isTimeout(machine.expire(now: time(150))))
        #expect(receive(": a\r\n\r\n", at: 151, &machine) == nil && machine.deadline == nil)
        answer(&machine, at: 151)
        #expect(machine.wantsClose)
    }

    @Test func `an empty line alone is not a request`() {
        var machine = HTTPServerMachine(limits: limits, now: time(0))
        #expect(receive("\r\n", at: 50, &machine) == nil)
        #expect(machine.isIdle && machine.deadline == time(1000))
        // A second one is an empty request line.
        guard case .fault(let fault)? = receive("\r\n", at: 60, &machine) else {
            Issue.record("no fault")
            return
        }
        #expect(fault.status == .badRequest)
    }

    @Test func `each byte of content adds time`() {
        var machine = HTTPServerMachine(limits: limits, now: time(0))
        #expect(receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n", at: 10, &machine) == nil)
        #expect(machine.deadline == time(310))
        #expect(receive("0123456789", at: 20, &machine) == nil)
        #expect(machine.deadline == time(410))
        #expect(receive("0", at: 400, &machine) == nil)
        #expect(machine.deadline == time(420))
        #expect(isTimeout(machine.expire(now: time(420))))
        #expect(machine.bufferedBytes == 0)
    }

    @Test func `chunk framing adds no time`() {
        var machine = HTTPServerMachine(limits: limits, now: time(0))
        #expect(
            receive(
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;aaaaaaaaaaaaaaa\r\na", at: 0,
                &machine) == nil)
        #expect(machine.deadline == time(310))
    }

    @Test func `there is no deadline while a request is unanswered`() {
        var machine = HTTPServerMachine(limits: limits, now: time(0))
        #expect(receive("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET", at: 10, &machine) != nil)
        #expect(machine.deadline == nil && machine.expire(now: time(100_000)) == .none)
        // The next head's time starts when it can be read.
        answer(&machine, at: 100_000)
        #expect(machine.nextEvent() == nil)
        #expect(machine.deadline == time(100_100))
        #expect(receive(" / HTTP/1.1\r\nHost: a\r\n\r\n", at: 100_001, &machine) != nil)
        answer(&machine, at: 200_000)
        #expect(machine.deadline == time(201_000))
    }

    @Test func `times near the end of the clock do not trap`() {
        var machine = HTTPServerMachine(limits: limits, now: time(.max))
        #expect(machine.deadline == time(.max))
        #expect(receive("G", at: .max, &machine) == nil)
        #expect(isTimeout(machine.expire(now: time(.max))))
    }
}
