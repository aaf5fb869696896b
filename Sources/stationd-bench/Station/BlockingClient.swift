import Glibc
import HTTP
import JSON

/// HTTP with one server, one blocking request at a time, for requests that are not measured.
final class BlockingClient {
    /// Where to connect.
    enum Place {
        /// A TCP port of loopback.
        case port(UInt16)
        /// The path of a Unix socket.
        case path(String)
    }

    private let descriptor: Int32
    private var machine: HTTPClientMachine
    private static let timeoutSeconds = 30
    private static let answerBytesMax = 64 << 20

    /// Connects to a server.
    init(_ place: Place) throws(BenchFault) {
        var limits = HTTPLimits()
        limits.bodyBytesMax = Self.answerBytesMax
        machine = HTTPClientMachine(limits: limits)
        switch place {
        case .port(let port):
            descriptor = try Sockets.connect(port: port)
        case .path(let path):
            descriptor = try Sockets.connect(path: path)
        }
        Sockets.setBlocking(descriptor, timeoutSeconds: Self.timeoutSeconds)
    }

    deinit { close(descriptor) }

    /// The content of the answer as JSON, or null if it is not JSON.
    ///
    /// - Throws: if the status is not 200 to 299.
    @discardableResult
    func json(
        _ method: HTTPMethod, _ target: String, token: String? = nil, _ body: JSONValue? = nil
    ) throws(BenchFault) -> JSONValue {
        let answer = try response(method, target, token: token, body)
        guard (200..<300).contains(answer.status.rawValue) else {
            let text = String(decoding: answer.body, as: UTF8.self)
            throw BenchFault("\(method.rawValue) \(target) was answered \(answer.status.rawValue): \(text)")
        }
        return (try? JSONParser.parse(answer.body)) ?? .null
    }

    /// Sends a request and waits for its answer, whatever its status is.
    func response(
        _ method: HTTPMethod, _ target: String, token: String? = nil, _ body: JSONValue? = nil
    ) throws(BenchFault) -> HTTPResponse {
        guard machine.isReady else { throw BenchFault("the server has closed the connection") }
        var fields = HTTPFields()
        if let token { fields.append("Authorization", "Bearer \(token)") }
        if body != nil { fields.append("Content-Type", "application/json") }
        var output: [UInt8] = []
        machine.send(method, target, host: "localhost", fields: fields, body: body?.encoded() ?? [], into: &output)
        guard unsafe output.withUnsafeBytes({ unsafe Sockets.send($0, to: descriptor) }) == output.count else {
            throw .last("send")
        }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            switch machine.nextEvent() {
            case .response(let response): return response
            case .fault(let fault): throw BenchFault("\(method.rawValue) \(target): \(fault)")
            case nil: break
            }
            switch unsafe chunk.withUnsafeMutableBytes({ unsafe Sockets.receive(descriptor, into: $0) }) {
            case .bytes(let count): machine.receive(chunk.span.extracting(..<count))
            case .nothing: throw BenchFault("\(method.rawValue) \(target): no answer within \(Self.timeoutSeconds) s")
            case .end: machine.inputClosed()
            }
        }
    }
}

/// One request over its own connection, with the bytes of the answer.
enum RawExchange {
    private static let patienceSeconds = 10.0

    /// Sends a request and returns the whole answer, unparsed.
    ///
    /// - Parameter request: the whole request.
    static func answer(port: UInt16, _ request: [UInt8]) throws(BenchFault) -> [UInt8] {
        let descriptor = try Sockets.connect(port: port)
        defer { Sockets.close(descriptor) }
        guard unsafe request.withUnsafeBytes({ unsafe Sockets.send($0, to: descriptor) }) == request.count else {
            throw BenchFault("the server accepts no request")
        }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let start = Clock.nanoseconds()
        while Clock.seconds(since: start) < patienceSeconds {
            switch unsafe chunk.withUnsafeMutableBytes({ unsafe Sockets.receive(descriptor, into: $0) }) {
            case .bytes(let count): answer += chunk[..<count]
            case .nothing: try Clock.pause(milliseconds: 1)
            case .end: return answer
            }
            let extent = unsafe answer.withUnsafeBytes { unsafe MessageScan.extent(of: $0) }
            if let end = extent?.end, end == answer.count { return answer }
        }
        throw BenchFault("the server did not answer within \(Int(patienceSeconds)) s")
    }
}
