import Bytes
import JSON

/// How we authenticate to the server.
public enum NATSCredentials: Sendable {
    /// The server asks for nothing.
    case none
    /// A user and its password.
    case user(String, password: String)
    /// A token that all clients share.
    case token(String)
    /// A signature of the server's nonce, with a JWT or without.
    case signed(NATSUserCredentials)
}

/// What the client sends. Each function appends to the bytes to be sent, in the layout that `NATSClientMachine` shows.
extension NATSClientMachine {
    /// Servers accept no longer line from a client unless they are configured to.
    private static let controlLineBytesMax = 4096

    /// Appends CONNECT, the answer to the first INFO. It asks for headers and for a status when nobody listens on a
    /// subject, but not for an acknowledgement of each line.
    ///
    /// - Parameters:
    ///   - name: what the server calls this connection in its monitoring.
    ///   - version: the client's version.
    ///   - isEncrypted: whether the line has TLS, without which a server that requires it cannot be used.
    /// - Throws: `NATSRefusal` if the server cannot be used or the credentials do not fit. Nothing is appended then.
    public func connect(
        as credentials: NATSCredentials, name: String, version: String, isEncrypted: Bool = false,
        into output: inout [UInt8]
    ) throws(NATSRefusal) {
        guard let server, !isClosed else { throw .notConnected }
        guard isEncrypted || !server.requiresTLS else { throw .requiresTLS }
        guard server.hasHeaders else { throw .withoutHeaders }
        var line = Array("CONNECT ".utf8)
        JSONWriter.append(to: &line) { writer in
            writer.beginObject()
            writer.member("verbose", false)
            writer.member("pedantic", false)
            writer.member("tls_required", isEncrypted)
            writer.member("name", name)
            writer.member("lang", "swift")
            writer.member("version", version)
            writer.member("protocol", 1)
            writer.member("headers", true)
            writer.member("no_responders", true)
            switch credentials {
            case .none: break
            case .user(let user, let password):
                writer.member("user", user)
                writer.member("pass", password)
            case .token(let token): writer.member("auth_token", token)
            case .signed(let user):
                // The server reads a JWT, which names the key, or looks the key up among its users.
                if let jwt = user.jwt { writer.member("jwt", jwt) } else { writer.member("nkey", user.publicKey) }
                // A server that asks for no signature sends no nonce, and ignores this.
                writer.member("sig", user.signature(of: server.nonce))
            }
            writer.endObject()
        }
        line.append(literal: "\r\n")
        // A JWT has a limit of its own, and a server that issues long ones is configured for them.
        if case .signed = credentials {
        } else {
            guard line.count <= Self.controlLineBytesMax else { throw .credentialsTooLong }
        }
        output.append(contentsOf: line)
    }

    /// Appends SUB. Messages for the subscription carry `sid`, a number that the caller chooses.
    public func subscribe(to filter: NATSSubjectFilter, sid: UInt64, into output: inout [UInt8]) {
        output.append(literal: "SUB ")
        output.append(utf8: filter.text)
        output.append(literal: " ")
        output.append(decimal: sid)
        output.append(literal: "\r\n")
    }

    /// Appends UNSUB, which ends the subscription at once or after `messages` messages in all.
    public func unsubscribe(sid: UInt64, after messages: UInt64? = nil, into output: inout [UInt8]) {
        output.append(literal: "UNSUB ")
        output.append(decimal: sid)
        if let messages {
            output.append(literal: " ")
            output.append(decimal: messages)
        }
        output.append(literal: "\r\n")
    }

    /// Appends PUB, or HPUB if there are headers.
    ///
    /// - Throws: `NATSRefusal` if there is no connection or the message is too large, over which the server would close
    ///   the connection. Nothing is appended then.
    public func publish(
        to subject: NATSSubject, reply: NATSSubject? = nil, headers: NATSHeaders? = nil, payload: [UInt8],
        into output: inout [UInt8]
    ) throws(NATSRefusal) {
        guard let server, !isClosed else { throw .notConnected }
        var block: [UInt8] = []
        headers?.encode(into: &block)
        let (bytes, isOverflowing) = block.count.addingReportingOverflow(payload.count)
        guard !isOverflowing, bytes <= server.payloadBytesMax else {
            throw .payloadTooLarge(bytes: bytes, bytesMax: server.payloadBytesMax)
        }
        output.append(literal: headers == nil ? "PUB " : "HPUB ")
        output.append(utf8: subject.text)
        if let reply {
            output.append(literal: " ")
            output.append(utf8: reply.text)
        }
        if headers != nil {
            output.append(literal: " ")
            output.append(decimal: block.count)
        }
        output.append(literal: " ")
        output.append(decimal: bytes)
        output.append(literal: "\r\n")
        output.append(contentsOf: block)
        output.append(contentsOf: payload)
        output.append(literal: "\r\n")
    }

    /// Appends PING. The server's PONG follows its answers to everything before it.
    public func ping(into output: inout [UInt8]) { output.append(literal: "PING\r\n") }
}
