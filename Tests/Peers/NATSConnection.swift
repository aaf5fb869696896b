import Bytes
import Foundation
import NATS

/// A connection to a real NATS server: `NATSClientMachine` with a blocking socket.
public final class NATSConnection {
    private let socket: LoopbackSocket
    /// The client's machine.
    public var machine = NATSClientMachine()
    /// The inbox for answers.
    public var inbox: NATSInbox
    /// What chooses inboxes.
    public var generator = SystemRandomNumberGenerator()
    /// Whether the server has closed the connection.
    public private(set) var hasEnded = false

    /// Connects and receives the server's introduction.
    public init(port: UInt16) throws {
        socket = try LoopbackSocket(port: port)
        inbox = NATSInbox(using: &generator)
        guard case .information? = try event() else { throw PeerFault("the server did not introduce itself") }
    }

    /// Connects with credentials that the server accepts, and subscribes to the inbox.
    public static func open(port: UInt16, as credentials: NATSCredentials = .none) throws -> NATSConnection {
        let connection = try NATSConnection(port: port)
        let answer = try connection.introduce(as: credentials)
        guard answer == .pong else { throw PeerFault("the server answered \(String(describing: answer))") }
        try connection.send { connection.machine.subscribe(to: connection.inbox.filter, sid: 1, into: &$0) }
        return connection
    }

    /// Sends the credentials and returns the server's answer.
    public func introduce(as credentials: NATSCredentials) throws -> NATSEvent? {
        try send { output in
            try machine.connect(as: credentials, name: "tests", version: "1", into: &output)
            machine.ping(into: &output)
        }
        return try event()
    }

    /// Sends what `write` appends.
    public func send(writing write: (inout [UInt8]) throws -> Void) throws {
        var output: [UInt8] = []
        try write(&output)
        try send(output)
    }

    /// Sends bytes as they are.
    public func send(_ bytes: [UInt8]) throws { try socket.send(bytes) }

    /// The next event; nil at the end of the connection or if nothing comes for `millis`.
    public func event(millis: Int32 = 5000) throws -> NATSEvent? {
        let end = DispatchTime.now().uptimeNanoseconds + UInt64(millis) * 1_000_000
        while true {
            if let event = machine.nextEvent() { return event }
            var replies: [UInt8] = []
            machine.drainReplies(into: &replies)
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
        guard case .message(let message)? = try event() else { throw PeerFault("no message came") }
        return message
    }

    /// Sends a request to JetStream and returns the answer.
    public func answer(to request: JetStreamRequest) throws -> NATSMessage {
        try answer(on: request.subject, payload: request.payload)
    }

    /// Publishes a message and returns the answer.
    public func answer(on subject: NATSSubject, headers: NATSHeaders? = nil, payload: [UInt8]) throws -> NATSMessage {
        let token = inbox.nextToken()
        try send {
            try machine.publish(
                to: subject, reply: inbox.subject(token), headers: headers, payload: payload, into: &$0)
        }
        let answer = try message()
        guard inbox.token(of: answer) == token else {
            throw PeerFault("an answer to something else came: \(answer)")
        }
        return answer
    }
}

/// Tests write subjects as literals.
extension NATSSubject: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) {
        guard let subject = NATSSubject(text) else { preconditionFailure("\(text) is no subject") }
        self = subject
    }
}
