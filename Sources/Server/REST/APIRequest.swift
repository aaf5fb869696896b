import Bytes
import Crypto
import Domain
import Gateway
import HTTP
import JSON
import Platform

/// A request that a route has matched, with its connection, loop and time.
struct APIRequest {
    let request: HTTPRequest
    let exchange: Exchange
    let loop: EventLoop
    let now: Moment
    /// The positions of the route's parameters among the path's segments.
    let parameterPlaces: [Int]

    /// Nesting deeper than this is refused.
    private static let depthMax = 16

    /// The method; GET for HEAD.
    var method: HTTPMethod { request.method == .head ? .get : request.method }

    /// The text of a parameter of the path, counted from 0.
    func parameter(_ index: Int) -> String {
        parameterPlaces.indices.contains(index) ? request.segments[parameterPlaces[index]] : ""
    }

    /// A parameter that is the number of a ticket, a user or a swap station.
    ///
    /// - Throws: `badRequest` if it is not a number.
    func identifier(_ index: Int = 0) throws(Refusal) -> Identifier {
        try PathParameter.identifier(parameter(index))
    }

    /// A parameter that is the number of a member of the fleet; 0, which is nobody's, if it is too large for one.
    ///
    /// - Throws: `badRequest` if it is not a number.
    func member(_ index: Int = 0) throws(Refusal) -> Identifier {
        let text = parameter(index)
        _ = try PathParameter.identifier(text)
        return Identifier(text) ?? 0
    }

    /// The body as JSON. An empty one is an empty object: then the faults name what is missing.
    /// What a client's encoder got wrong in a text is no reason to lose a report.
    ///
    /// - Throws: `unsupportedMediaType` if the body says that it is something else.
    func json(_ types: BodyType.Accepted = .usual) throws(Refusal) -> JSONValue {
        if request.body.isEmpty { return .object(JSONObject()) }
        if !request.isPlainJSON { try BodyType.check(request.fields.bytes("Content-Type"), types) }
        var limits = JSONLimits()
        limits.depthMax = Self.depthMax
        do {
            return try JSONParser.parse(forgiving: request.body, limits: limits)
        } catch {
            throw .badRequest("The body is not valid JSON: \(error)")
        }
    }

    /// The changes in the body of a PATCH. All of them may be missing, but not the body: a client that forgets it would
    /// believe that something had changed.
    @inline(never)
    func changes() throws(Refusal) -> JSONValue {
        if request.body.isEmpty { throw .invalid(["body must be an object"]) }
        return try json()
    }

    /// The Idempotency-Key; nil if the request has none.
    ///
    /// - Parameters:
    ///   - body: the body, read.
    ///   - scope: what is created, and in what.
    @inline(never)
    func idempotencyKey(for body: JSONValue, in scope: String) throws(Refusal) -> IdempotencyKey? {
        guard let key = request.fields["Idempotency-Key"] else { return nil }
        guard request.fields.values("Idempotency-Key").count == 1 else {
            throw .badRequest("There is more than one Idempotency-Key")
        }
        return try IdempotencyKey(
            key: key, digest: MeaningDigest.text(of: body),
            earlierDigest: Hex.encode(SHA256.hash(request.body)), scope: scope)
    }

    /// The query as names and values.
    var query: [(name: String, value: String)] { request.query.items.map { ($0.name, $0.value) } }

    /// Adds to a page of a list the number of items on all pages and the link to the next one.
    func paged(_ response: HTTPResponse, totalCount: Int, next: String?) -> HTTPResponse {
        var response = response
        response.fields.set("X-Total-Count", String(totalCount))
        if let next {
            var query = request.query
            query.items.removeAll { $0.name == "cursor" }
            query.append("cursor", next)
            let target = "\(request.path)?\(query.encoded)"
            response.fields.set("Link", LinkField.value(target: target, relation: "next"))
        }
        return response
    }
}
