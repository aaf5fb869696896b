import HTTP
import JSON

/// A request to a station's control routes, which only its owner can reach.
struct ControlRequest: Hashable, Sendable {
    /// The path that all control routes share.
    static let prefix = "/control/v1"

    let method: HTTPMethod
    /// The path below `prefix`, with its leading slash: `/users/3`.
    let path: String
    let body: JSONValue?

    init(_ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil) {
        self.method = method
        self.path = path
        self.body = body
    }
}

/// A station's answer to a control request.
struct ControlAnswer: Hashable, Sendable {
    /// An HTTP status code.
    let status: Int
    /// Null if the response had no content.
    let body: JSONValue

    /// Whether the status is 200 to 299.
    var isSuccessful: Bool { (200...299).contains(status) }
}

/// A way to reach a station: the socket of a running one, or the data directory of a stopped one, opened here.
protocol ControlChannel {
    /// Sends one request and waits for its answer.
    ///
    /// - Throws: if there is no answer. A refusal is an answer and does not throw.
    mutating func send(_ request: ControlRequest) throws(CommandFailure) -> ControlAnswer
}

extension ControlChannel {
    /// The body of a successful answer. A refusal becomes a failure in the station's own words.
    mutating func result(of request: ControlRequest) throws(CommandFailure) -> JSONValue {
        let answer = try send(request)
        guard answer.isSuccessful else { throw CommandFailure(refusal: answer, of: request) }
        return answer.body
    }
}

extension CommandFailure {
    /// Reads the error body that all routes share, whose `message` is a sentence or a list of sentences.
    init(refusal answer: ControlAnswer, of request: ControlRequest) {
        let message = answer.body["message"]
        var messages = message?.arrayValue?.compactMap(\.stringValue) ?? []
        if let single = message?.stringValue { messages = [single] }
        if messages.isEmpty {
            messages = [
                "\(request.method.rawValue) \(ControlRequest.prefix)\(request.path) was answered \(answer.status)"
            ]
        }
        let code: ExitCode =
            switch answer.status {
            case 401, 403: .noPermission
            case 404: request.path.hasPrefix("/users") || request.path == "/tokens" ? .unknownUser : .dataFault
            case 429, 503, 507: .tryLater
            case 400...499: .dataFault
            default: .software
            }
        self.init(code, messages: messages)
    }
}
