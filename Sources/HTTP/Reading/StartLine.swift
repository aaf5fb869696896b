import Bytes

/// The first line of a message, which distinguishes requests from responses.
protocol StartLine: Sendable {
    /// Parses the line in `range` of `bytes`, without its CRLF.
    init(parsing bytes: Span<UInt8>, _ range: Range<Int>, limits: HTTPLimits) throws(HTTPFault)

    /// The longest line allowed, in bytes, including its CRLF.
    static func bytesMax(_ limits: HTTPLimits) -> Int

    /// The fault of a longer line.
    static var overlongFault: HTTPFault { get }
}

/// `method SP request-target SP HTTP-version` (RFC 9112, section 3), with exactly two spaces and no other white space.
struct RequestLine: StartLine {
    /// The bytes that a request line may have besides its target: a method, two spaces, the version, CRLF, and spare
    /// room to distinguish a long unknown method from a long target.
    static let overheadBytesMax = 64

    let method: HTTPMethod
    /// 0 for HTTP/1.0, 1 for every later minor version.
    let minorVersion: Int
    let target: RequestTarget

    init(method: HTTPMethod, minorVersion: Int, target: RequestTarget) {
        self.method = method
        self.minorVersion = minorVersion
        self.target = target
    }

    init(parsing bytes: Span<UInt8>, _ range: Range<Int>, limits: HTTPLimits) throws(HTTPFault) {
        var methodEnd = range.lowerBound
        while methodEnd < range.upperBound && bytes[methodEnd].isToken { methodEnd += 1 }
        guard methodEnd > range.lowerBound, methodEnd < range.upperBound, bytes[methodEnd] == 0x20 else {
            throw .badRequest("the request line does not begin with a method and a space")
        }
        let targetEnd = RequestTarget.end(in: bytes, from: methodEnd + 1, to: range.upperBound)
        guard targetEnd > methodEnd + 1, targetEnd < range.upperBound, bytes[targetEnd] == 0x20 else {
            throw Self.targetFault(bytes, (methodEnd + 1)..<range.upperBound, at: targetEnd)
        }
        minorVersion = try Self.minorVersion(bytes.extracting((targetEnd + 1)..<range.upperBound))
        guard targetEnd - methodEnd - 1 <= limits.requestTargetBytesMax else { throw Self.overlongFault }
        guard let method = HTTPMethod(bytes.extracting(range.lowerBound..<methodEnd)) else {
            throw .notImplemented("the method is not supported")
        }
        self.method = method
        target = try RequestTarget(parsing: bytes, (methodEnd + 1)..<targetEnd, method: method)
    }

    /// What is wrong at `index`, where the target ends without a space after it.
    private static func targetFault(_ bytes: Span<UInt8>, _ range: Range<Int>, at index: Int) -> HTTPFault {
        guard index < range.upperBound else {
            return .badRequest(
                range.isEmpty ? "the request target is missing" : "the request line does not end with a version")
        }
        switch bytes[index] {
        case 0x20: return .badRequest("the request target is missing")
        case 0x23: return .badRequest("the request target contains a #, which must be written %23")
        case 0x80...: return .badRequest("the path contains a byte that must be percent-encoded")
        default: return .badRequest("the request target contains a control character")
        }
    }

    static func bytesMax(_ limits: HTTPLimits) -> Int {
        let (sum, overflow) = limits.requestTargetBytesMax.addingReportingOverflow(overheadBytesMax)
        return overflow ? .max : sum
    }

    static var overlongFault: HTTPFault { HTTPFault(status: .uriTooLong, message: "the request target is too long") }

    /// The minor version in `HTTP/1.x` (RFC 9112, section 2.3); versions after 1.1 are treated as 1.1.
    private static func minorVersion(_ version: Span<UInt8>) throws(HTTPFault) -> Int {
        guard version.count == 8, version.extracting(0..<5).spells("HTTP/"), version[5].isASCIIDigit,
            version[6] == 0x2E,
            version[7].isASCIIDigit
        else {
            throw .badRequest(
                version.count > 8 && version[version.count - 9] == 0x20
                    ? "the request target contains a space, which must be written %20"
                    : "the request line does not end with a version")
        }
        guard version[5] == 0x31 else {
            throw HTTPFault(status: .httpVersionNotSupported, message: "only HTTP/1.0 and HTTP/1.1 are supported")
        }
        return version[7] == 0x30 ? 0 : 1
    }
}

/// `HTTP-version SP status-code SP [ reason-phrase ]` (RFC 9112, section 4). The last space may be missing, because
/// some servers omit it. The phrase is ignored.
struct StatusLine: StartLine {
    let status: HTTPStatus
    let minorVersion: Int

    init(parsing bytes: Span<UInt8>, _ range: Range<Int>, limits: HTTPLimits) throws(HTTPFault) {
        let line = bytes.extracting(range)
        guard line.count >= 12, line.extracting(0..<7).spells("HTTP/1."), line[7].isASCIIDigit, line[8] == 0x20,
            line.count == 12 || line[12] == 0x20
        else { throw .badRequest("the status line is malformed") }
        var code = 0
        for index in 9..<12 {
            guard line[index].isASCIIDigit else { throw .badRequest("the status code is not three digits") }
            code = code * 10 + Int(line[index] - 0x30)
        }
        guard (100...599).contains(code) else { throw .badRequest("the status code is not from 100 to 599") }
        for index in 12..<line.count where !line[index].isFieldValue {
            throw .badRequest("the reason phrase contains a control character")
        }
        status = HTTPStatus(rawValue: code)
        minorVersion = line[7] == 0x30 ? 0 : 1
    }

    static func bytesMax(_ limits: HTTPLimits) -> Int { limits.headBytesMax }

    static var overlongFault: HTTPFault { .fieldsTooLarge("the status line is too long") }
}
