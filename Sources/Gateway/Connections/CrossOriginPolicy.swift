import HTTP

/// Which web pages may read the answers: the server's half of CORS (Fetch standard, section 3.2). Credentials are not
/// allowed, because tokens travel in a field of their own.
public struct CrossOriginPolicy: Hashable, Sendable {
    /// Serialised origins (`https://desk.example`), or `*` for any.
    public let origins: [String]
    private let allowsAll: Bool

    /// Creates a policy that lets the pages of these origins read all answers.
    public init(origins: [String]) {
        self.origins = origins
        allowsAll = origins.contains("*")
    }

    private static let toAll: StaticString = """
        Access-Control-Allow-Origin: *\r
        Access-Control-Expose-Headers: ETag, Link, Location, Retry-After, WWW-Authenticate, X-Total-Count\r

        """
    private static let toListed: StaticString =
        "Access-Control-Expose-Headers: ETag, Link, Location, Retry-After, WWW-Authenticate, X-Total-Count\r\n"
    private static let methods = "GET, HEAD, POST, PATCH, DELETE"
    private static let preflightSeconds = 7200

    /// Adds the fields that let the page read an answer.
    ///
    /// - Parameter origin: the request's `Origin` field, if it has one that was read.
    func apply(to response: inout HTTPResponse, origin: String?) {
        if allowsAll {
            response.constantLines = Self.toAll
        } else {
            response.fields.append("Vary", "Origin")
            guard let origin, origins.contains(origin) else { return }
            response.fields.append("Access-Control-Allow-Origin", origin)
            response.constantLines = Self.toListed
        }
    }

    /// The answer to a preflight; nil if the request is not one.
    func preflight(for request: HTTPRequest) -> HTTPResponse? {
        guard request.method == .options, request.fields["Origin"] != nil,
            request.fields["Access-Control-Request-Method"] != nil
        else { return nil }
        var response = HTTPResponse(status: .noContent)
        response.fields.set("Access-Control-Allow-Methods", Self.methods)
        if let wanted = request.fields["Access-Control-Request-Headers"] {
            response.fields.set("Access-Control-Allow-Headers", wanted)
            response.fields.append("Vary", "Access-Control-Request-Headers")
        }
        response.fields.set("Access-Control-Max-Age", String(Self.preflightSeconds))
        return response
    }
}
