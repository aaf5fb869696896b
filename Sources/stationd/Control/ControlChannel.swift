import HTTP
import JSON

/// A request to a station's control routes, which its owner alone reaches.
struct ControlRequest: Hashable, Sendable {
    static let prefix = "/control/v1"

    let method: HTTPMethod
    /// Below `prefix`, with its slash in front: `/users/3`.
    let path: String
    let body: JSONValue?

    init(_ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil) {
        self.method = method
        self.path = path
        self.body = body
    }
}

struct ControlAnswer: Hashable, Sendable {
    /// An HTTP status code.
    let status: Int
    let body: JSONValue

    var isSuccessful: Bool { (200...299).contains(status) }
}

/// The way to a station: a running one's socket, or a stopped one's data directory, opened here.
protocol ControlChannel {
    /// - Throws: where there is no answer; an answer that says no is an answer.
    mutating func send(_ request: ControlRequest) throws(CommandFailure) -> ControlAnswer
}

extension ControlChannel {
    /// The body of a successful answer; what the station says no to is a failure with its own words.
    mutating func result(of request: ControlRequest) throws(CommandFailure) -> JSONValue {
        let answer = try send(request)
        guard answer.isSuccessful else { throw CommandFailure(refusal: answer, of: request) }
        return answer.body
    }
}

extension CommandFailure {
    /// From the error body that all routes share: `message` is a sentence or a list of them.
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
