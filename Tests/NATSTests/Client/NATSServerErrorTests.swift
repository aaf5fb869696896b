import NATS
import Testing

@Suite struct NATSServerErrorTests {
    private func error(_ line: String) -> NATSServerError? {
        guard case .error(let error)? = NATSFeed.events(of: line + "\r\n").first else { return nil }
        return error
    }

    @Test(arguments: [
        ("Authorization Violation", NATSServerError.Kind.authorizationViolation, true),
        ("Authentication Timeout", .authorizationViolation, true),
        ("User Authentication Expired", .authorizationViolation, true),
        ("Stale Connection", .staleConnection, true), ("Maximum Payload Violation", .maximumPayload, true),
        ("Permissions Violation for Publish to \"a\"", .permissionsViolation, false),
        ("Permissions Violation for Subscription to \"a.>\"", .permissionsViolation, false),
        ("Invalid Subject", .invalidSubject, false), ("Invalid Publish Subject", .invalidSubject, false),
        ("maximum subscriptions exceeded", .other, false), ("Unknown Protocol Operation", .other, true),
        ("Server Shutdown", .other, true), ("", .other, true),
    ])
    func `each text has its kind`(_ text: String, _ kind: NATSServerError.Kind, _ endsConnection: Bool) {
        let error = error("-ERR '\(text)'")
        #expect(error?.kind == kind)
        #expect(error?.text == text)
        #expect(error?.endsConnection == endsConnection)
        #expect(error?.message.isEmpty == false)
    }

    @Test func `quotation marks are not part of the text`() {
        #expect(error("-ERR")?.text == "")
        #expect(error("-ERR  Stale Connection ")?.kind == .staleConnection)
        #expect(error("-ERR '")?.text == "'")
        #expect(error("-err\t'stale connection'")?.kind == .staleConnection)
    }

    @Test func `the text is fit for a log`() {
        #expect(error("-ERR 'a\u{1B}[31mb\u{0}c\u{9B}'")?.text == "a [31mb c ")
        let long = error("-ERR '" + String(repeating: "x", count: 1000) + "'")
        #expect(long?.text.count == 201)
    }
}
