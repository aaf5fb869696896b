import Bytes
import Foundation
import NATS

/// A connection to a real server: a blocking socket around the machine.
public final class NATSConnection {
    private let socket: LoopbackSocket
    public var machine = NATSClientMachine()
    public var inbox: NATSInbox
    public private(set) var hasEnded = false

    /// Connects, and takes the server's introduction.
    public init(port: UInt16) throws {
        socket = try LoopbackSocket(port: port)
        var generator = SystemRandomNumberGenerator()
        inbox = NATSInbox(using: &generator)
        guard case .information? = try event() else { throw HarnessFault("the server did not introduce itself") }
    }

    /// Connects with credentials that are taken, and listens on the inbox.
    public static func open(port: UInt16, as credentials: NATSCredentials = .none) throws -> NATSConnection {
        let connection = try NATSConnection(port: port)
        let answer = try connection.introduce(as: credentials)
        guard answer == .pong else { throw HarnessFault("the server answered \(String(describing: answer))") }
        try connection.send { connection.machine.subscribe(to: connection.inbox.filter, sid: 1, into: &$0) }
        return connection
    }

    /// Sends the credentials, and gives what the server says to them.
    public func introduce(as credentials: NATSCredentials) throws -> NATSEvent? {
        try send { output in
            try machine.connect(as: credentials, name: "tests", version: "1", into: &output)
            machine.ping(into: &output)
        }
        return try event()
    }

    public func send(_ write: (inout [UInt8]) throws -> Void) throws {
        var output: [UInt8] = []
        try write(&output)
        try send(output)
    }

    public func send(_ bytes: [UInt8]) throws { try socket.send(bytes) }

    /// The next event; nil at the end of the connection, and with nothing for `millis`.
    public func event(millis: Int32 = 5000) throws -> NATSEvent? {
        let end = DispatchTime.now().uptimeNanoseconds + UInt64(millis) * 1_000_000
        while true {
            if let event = machine.nextEvent() { return event }
            var replies: [UInt8] = []
            machine.takeReplies(into: &replies)
            try send(replies)
            let now = DispatchTime.now().uptimeNanoseconds
            guard !hasEnded, now < end else { return nil }
            guard let bytes = socket.receive(millis: Int32((end - now) / 1_000_000) + 1) else { return nil }
            hasEnded = bytes.isEmpty
            machine.receive(bytes.span)
        }
    }

    /// The next message.
    public func message() throws -> NATSMessage {
        guard case .message(let message)? = try event() else { throw HarnessFault("no message came") }
        return message
    }

    /// Sends a request to JetStream, and gives the answer.
    public func answer(to request: JetStreamRequest) throws -> NATSMessage {
        try answer(on: request.subject, payload: request.payload)
    }

    /// The same for any publication.
    public func answer(on subject: NATSSubject, headers: NATSHeaders? = nil, payload: [UInt8]) throws -> NATSMessage {
        let token = inbox.nextToken()
        try send {
            try machine.publish(
                to: subject, reply: inbox.subject(token), headers: headers, payload: payload, into: &$0)
        }
        let answer = try message()
        guard inbox.token(of: answer) == token else {
            throw HarnessFault("an answer to something else came: \(answer)")
        }
        return answer
    }
}

/// Subjects that tests write out.
extension NATSSubject: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) {
        guard let subject = NATSSubject(text) else { preconditionFailure("\(text) is no subject") }
        self = subject
    }
}
