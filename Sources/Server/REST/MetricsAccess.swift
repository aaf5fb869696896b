import Bytes
import Crypto
import Domain
import Gateway
import HTTP
import Platform

/// Who may read `/metrics`, and the last answer, which is given again for some seconds: to make it costs more than any
/// other answer that needs no token.
final class MetricsAccess {
    private let configuration: LiveConfiguration
    private var last: (answer: HTTPResponse, madeAt: MonotonicTime)?

    init(configuration: LiveConfiguration) { self.configuration = configuration }

    /// Checks the listener that the request came to, and its token.
    ///
    /// - Throws: `notFound` if another listener is for metrics, `unauthorized` if the token is wrong or missing.
    func check(_ request: APIRequest) throws(Refusal) {
        if request.exchange.use != .metrics, configuration.current.metricsListen != nil {
            throw .notFound("Cannot GET /metrics")
        }
        let token = configuration.current.metricsToken
        guard !token.isEmpty else { return }
        let given = request.request.fields.bytes("Authorization").flatMap { BearerToken.parse(bytes: $0) } ?? []
        // Digests have one length, so not even the token's is told by the time that this takes.
        guard ConstantTime.equal(SHA256.hash(Array(given)), SHA256.hash(Array(token.utf8))) else {
            throw .unauthorized("Unauthorized")
        }
    }

    /// The last answer, if it is young enough.
    func known(_ now: Moment) -> HTTPResponse? {
        guard let last else { return nil }
        let millis = Int64(configuration.current.metricsCachedSeconds) * 1000
        return now.monotonic.milliseconds(since: last.madeAt) < millis ? last.answer : nil
    }

    /// Keeps an answer.
    func keep(_ answer: HTTPResponse, _ now: Moment) { last = (answer, now.monotonic) }
}
