import Bytes
import JSON

/// Who we are to the server.
public enum NATSCredentials: Hashable, Sendable {
    case none
    case user(String, password: String)
    case token(String)
}

/// What the client sends; each appends to the bytes to be sent. The layout is that of `NATSClientMachine`.
extension NATSClientMachine {
    /// Servers take no longer line of a client, unless they are told to.
    private static let controlLineBytesMax = 4096

    /// Appends CONNECT, which answers the first INFO: without acknowledgement of each line, with headers, and with word
    /// of it when nobody listens on a subject.
    ///
    /// - Parameters:
    ///   - name: what the server calls this connection in its monitoring.
    ///   - version: of the client.
    public func connect(
        as credentials: NATSCredentials, name: String, version: String, into output: inout [UInt8]
    ) throws(NATSRefusal) {
        guard let server, !isClosed else { throw .notConnected }
        guard !server.requiresTLS else { throw .requiresTLS }
        guard server.hasHeaders else { throw .withoutHeaders }
        var line = Array("CONNECT ".utf8)
        JSONWriter.append(to: &line) { writer in
            writer.beginObject()
            writer.member("verbose", false)
            writer.member("pedantic", false)
            writer.member("tls_required", false)
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
            }
            writer.endObject()
        }
        line.append(literal: "\r\n")
        guard line.count <= Self.controlLineBytesMax else { throw .credentialsTooLong }
        output.append(contentsOf: line)
    }

    /// Appends SUB. Messages that come for it carry `sid`, a number of the caller's choice.
    public func subscribe(to filter: NATSSubjectFilter, sid: UInt64, into output: inout [UInt8]) {
        output.append(literal: "SUB ")
        output.append(utf8: filter.text)
        output.append(literal: " ")
        output.append(decimal: sid)
        output.append(literal: "\r\n")
    }

    /// Appends UNSUB: at once, or when `messages` have come in all.
    public func unsubscribe(sid: UInt64, after messages: UInt64? = nil, into output: inout [UInt8]) {
        output.append(literal: "UNSUB ")
        output.append(decimal: sid)
        if let messages {
            output.append(literal: " ")
            output.append(decimal: messages)
        }
        output.append(literal: "\r\n")
    }

    /// Appends PUB, or HPUB where there are headers. The server would close the connection over a message that is too
    /// large, so that is refused here.
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

    /// Appends PING, which the server answers behind everything before it.
    public func ping(into output: inout [UInt8]) { output.append(literal: "PING\r\n") }
}
