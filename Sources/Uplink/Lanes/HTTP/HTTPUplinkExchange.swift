import Bytes
import HTTP
import JSON

/// One HTTP exchange after another with the central server. Both lanes over HTTP build on it.
struct HTTPUplinkExchange: Sendable {
    /// The outcome of a request.
    enum Outcome: Sendable {
        case response(HTTPResponse)
        case failed(UplinkFault)
    }

    private let identity: UplinkIdentity
    /// The value of the field `Host`.
    private let host: String
    private var machine: HTTPClientMachine
    private var output: [UInt8] = []
    /// The time of day for the field `Date` of requests.
    var wall: Timestamp
    /// When the answer is overdue; nil while none is awaited.
    private(set) var deadline: MonotonicTime?
    /// When the last answer came, or the connection was opened.
    private(set) var lastAnswerAt: MonotonicTime
    private var isOver = false

    /// - Parameter answerBytesMax: a longer answer is a fault, however it is sent.
    init(_ identity: UplinkIdentity, host: String, answerBytesMax: Int, wall: Timestamp, now: MonotonicTime) {
        self.identity = identity
        self.host = host
        self.wall = wall
        var limits = HTTPLimits()
        limits.bodyBytesMax = answerBytesMax
        machine = HTTPClientMachine(limits: limits)
        lastAnswerAt = now
    }

    /// The path of this station's part of the API.
    private var prefix: String { "/api/v1/sync/stations/\(identity.stationID)" }

    /// Whether a request may be sent.
    var isReady: Bool { !isOver && deadline == nil && machine.isReady }

    /// Sends a request if `isReady`, otherwise does nothing.
    mutating func send(
        _ method: HTTPMethod, _ path: String, contentType: String? = nil, body: [UInt8] = [], timeoutMillis: Int64,
        now: MonotonicTime
    ) {
        guard isReady else { return }
        var fields: HTTPFields = ["User-Agent": "stationd/\(identity.version)", "Accept": "application/json"]
        if let token = identity.token { fields.set("Authorization", "Bearer \(token)") }
        if let contentType { fields.set("Content-Type", contentType) }
        var date: [UInt8] = []
        wall.appendIMFFixdate(to: &date)
        fields.set("Date", String(decoding: date, as: UTF8.self))
        machine.send(method, prefix + path, host: host, fields: fields, body: body, into: &output)
        deadline = now.advanced(byMilliseconds: timeoutMillis)
    }

    mutating func drainOutput(into bytes: inout [UInt8]) {
        if bytes.isEmpty { swap(&bytes, &output) } else { bytes.append(contentsOf: output) }
        output = []
    }

    mutating func receive(_ bytes: Span<UInt8>) { if !isOver { machine.receive(bytes) } }

    mutating func inputClosed() { machine.inputClosed() }

    /// The next outcome, or nil until more input comes. After `.failed` there is none.
    mutating func nextOutcome(now: MonotonicTime) -> Outcome? {
        guard !isOver else { return nil }
        switch machine.nextEvent() {
        case .response(let response)?:
            deadline = nil
            lastAnswerAt = now
            return .response(response)
        case .fault(let fault)?: return .failed(fail(Self.fault(fault)))
        case nil:
            guard machine.wantsClose else { return nil }
            return .failed(fail(UplinkFault("the central server has closed the connection", .waitSeconds(0))))
        }
    }

    /// The fault of an overdue answer; nil if none is overdue.
    mutating func expire(now: MonotonicTime) -> UplinkFault? {
        guard let deadline, deadline <= now, !isOver else { return nil }
        return fail(UplinkFault("the central server did not answer in time"))
    }

    private mutating func fail(_ fault: UplinkFault) -> UplinkFault {
        isOver = true
        deadline = nil
        output = []
        return fault
    }

    // MARK: What answers mean

    private static func fault(_ fault: HTTPClientFault) -> UplinkFault {
        switch fault {
        case .malformed(let sentence): UplinkFault("the central server's answer is not HTTP: \(sentence)")
        case .tooLarge(let sentence): UplinkFault("the central server's answer is too large: \(sentence)")
        case .incomplete: UplinkFault("the central server closed the connection in the middle of an answer")
        }
    }

    /// The fault that an answer other than the expected one means.
    func fault(of response: HTTPResponse) -> UplinkFault {
        let code = response.status.rawValue
        switch code {
        case 401, 403:
            return UplinkFault("the central server does not accept upstream.token (\(code))", .intervention)
        case 404:
            return UplinkFault(
                "the central server knows no stations (404): is central.enabled true there, and upstream.url right?",
                .intervention)
        case 410: return UplinkFault("the central server has removed this station (410)", .stop)
        case 300...399:
            return UplinkFault(
                "the central server redirects (\(code)), which is not followed: upstream.url must name the server",
                .intervention)
        case 429, 503:
            return UplinkFault(
                "the central server asks to be left alone for a while (\(code))", retryAfter(response) ?? .backOff)
        case 202:
            return UplinkFault("the central server accepted the events but does not say that it keeps them (202)")
        default:
            // Proxies send the field with other codes too, such as 502 and 504.
            return UplinkFault(
                "the central server answered \(code)\(Self.reason(in: response))", retryAfter(response) ?? .backOff)
        }
    }

    /// The wait that `Retry-After` asks for (RFC 9110, section 10.2.3), as a number of seconds or as a date, at most
    /// `UplinkSchedule.askedSecondsMax`; nil if there is none, if it is over, or if it is neither.
    ///
    /// A date is compared with the response's own `Date`, since the station's clock may be wrong. Without that field, a
    /// date that is further away than the longest wait says more about the station's clock, and is ignored.
    func retryAfter(_ response: HTTPResponse) -> UplinkFault.Remedy? {
        guard let text = response.fields["Retry-After"] else { return nil }
        let longest = Int64(UplinkSchedule.askedSecondsMax)
        let seconds: Int64
        if !text.isEmpty, text.utf8.allSatisfy(\.isASCIIDigit) {
            seconds = Int64(clamping: Decimal.parse(text) ?? .max)
        } else {
            let date = response.fields["Date"].flatMap { Timestamp(httpDate: $0, near: wall) }
            guard let time = Timestamp(httpDate: text, near: date ?? wall) else { return nil }
            let (millis, isOverflowing) = time.milliseconds.subtractingReportingOverflow((date ?? wall).milliseconds)
            guard !isOverflowing, date != nil || millis <= longest * 1_000 else { return nil }
            seconds = millis > 0 ? (millis - 1) / 1_000 + 1 : 0
        }
        return seconds > 0 ? .waitSeconds(Int(min(seconds, longest))) : nil
    }

    /// The reason that the answer gives, shortened to fit a line.
    private static func reason(in response: HTTPResponse) -> String {
        guard let message = (try? JSONParser.parse(response.body))?["message"],
            let sentence = message.stringValue ?? message.arrayValue?.first?.stringValue
        else { return "" }
        let printable = sentence.unicodeScalars.prefix(200).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: printable)
        return ": \(String(text))"
    }
}
