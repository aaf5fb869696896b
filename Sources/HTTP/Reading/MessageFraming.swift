import Bytes

/// Where a message's content ends and whether the connection persists, according to its fields (RFC 9112, sections 6
/// and 9). If two recipients could disagree about the end, the message is refused: request smuggling relies on such
/// differences. The one pass over the fields also finds what else is refused for requests alone, or asked for later.
struct MessageFraming {
    /// The expectation in Expect (RFC 9110, section 10.1.1).
    enum Expectation { case none, proceed, other }

    /// The value of Content-Length; `Int.max` if it is too large for `Int`.
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var expectation = Expectation.none
    private(set) var hasUpgradeOption = false
    /// Whether Content-Encoding names a coding other than `identity` (RFC 9110, section 8.4).
    private(set) var hasContentCoding = false
    /// Whether Content-Type is `application/json` as nearly all clients write it.
    private(set) var isPlainJSON = false
    private var authorizationCount = 0
    private var contentTypeCount = 0
    private var hasCloseOption = false
    private var hasKeepAliveOption = false
    private var hostCount = 0
    private var hostIsValid = true
    private var hasOtherCoding = false

    /// - Throws: 400 for repeated, malformed or contradictory lengths and for codings after chunked; 501 for unknown
    ///   codings.
    init(_ fields: HTTPFields) throws(HTTPFault) {
        let bytes = fields.storage.span
        for line in fields.lines {
            let name = bytes.extracting(line.name)
            switch name.count {
            case 4 where name.spellsIgnoringCase("host"):
                hostCount += 1
                hostIsValid = hostIsValid && HostGrammar.isValid(bytes.extracting(line.value))
            case 6 where name.spellsIgnoringCase("expect"): readExpectation(fields.storage, line.value)
            case 10 where name.spellsIgnoringCase("connection"): readConnection(fields.storage, line.value)
            case 12 where name.spellsIgnoringCase("content-type"):
                contentTypeCount += 1
                isPlainJSON = bytes.extracting(line.value).spells("application/json")
            case 13 where name.spellsIgnoringCase("authorization"): authorizationCount += 1
            case 14 where name.spellsIgnoringCase("content-length"):
                guard contentLength == nil else { throw .badRequest("Content-Length occurs twice") }
                contentLength = try Self.length(bytes.extracting(line.value))
            case 16 where name.spellsIgnoringCase("content-encoding"): readContentCodings(fields.storage, line.value)
            case 17 where name.spellsIgnoringCase("transfer-encoding"):
                try readTransferCodings(fields.storage, line.value)
            default: break
            }
        }
        guard contentLength == nil || !(isChunked || hasOtherCoding) else {
            throw .badRequest("Content-Length and Transfer-Encoding must not be combined")
        }
        if hasOtherCoding { throw .notImplemented("the only supported transfer coding is chunked") }
    }

    /// Checks the rules that apply to requests only.
    func checkRequest(minorVersion: Int) throws(HTTPFault) {
        if hostCount > 1 { throw .badRequest("Host occurs twice") }
        if hostCount == 0 && minorVersion >= 1 { throw .badRequest("Host is missing") }
        if !hostIsValid { throw .badRequest("Host is not valid") }
        // Two servers on the way could each believe another one.
        if authorizationCount > 1 { throw .badRequest("Authorization occurs twice") }
        // Some recipients believe the first, some the last (RFC 9110, section 8.3).
        if contentTypeCount > 1 { throw .badRequest("Content-Type occurs twice") }
        // RFC 9112, section 6.1: the framing of an HTTP/1.0 message with Transfer-Encoding is faulty.
        if isChunked && minorVersion == 0 { throw .badRequest("Transfer-Encoding is not allowed in HTTP/1.0") }
        if expectation == .other {
            throw HTTPFault(status: .expectationFailed, message: "the only supported expectation is 100-continue")
        }
    }

    /// Whether the connection persists after the message (RFC 9112, section 9.3).
    func keepsAlive(minorVersion: Int) -> Bool {
        !hasCloseOption && (minorVersion >= 1 || hasKeepAliveOption)
    }

    /// Parses `1*DIGIT`. A list is refused, even of equal numbers.
    private static func length(_ bytes: Span<UInt8>) throws(HTTPFault) -> Int {
        guard bytes.count > 0 else { throw .badRequest("Content-Length is empty") }
        var length = 0
        for index in 0..<bytes.count {
            guard bytes[index].isASCIIDigit else { throw .badRequest("Content-Length is not a single decimal number") }
            let (product, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(bytes[index] - 0x30))
            length = overflow || carry || length == .max ? .max : sum
        }
        return length
    }

    private mutating func readTransferCodings(_ storage: [UInt8], _ value: Range<Int>) throws(HTTPFault) {
        var list = ListElements(storage, value)
        while let range = list.next() {
            let coding = storage.span.extracting(range)
            guard !isChunked else { throw .badRequest("chunked must be the last transfer coding") }
            guard coding.count > 0, coding[0].isToken else { throw .badRequest("Transfer-Encoding is malformed") }
            if coding.spellsIgnoringCase("chunked") {
                isChunked = true
                continue
            }
            var nameEnd = 0
            while nameEnd < coding.count && coding[nameEnd].isToken { nameEnd += 1 }
            var end = nameEnd
            while end < coding.count && coding[end].isWhitespace { end += 1 }
            guard end == coding.count || coding[end] == 0x3B,
                !coding.extracting(0..<nameEnd).spellsIgnoringCase("chunked")
            else { throw .badRequest("Transfer-Encoding is malformed") }
            hasOtherCoding = true
        }
    }

    private mutating func readContentCodings(_ storage: [UInt8], _ value: Range<Int>) {
        var list = ListElements(storage, value)
        while let range = list.next() {
            if !range.isEmpty, !storage.span.extracting(range).spellsIgnoringCase("identity") {
                hasContentCoding = true
            }
        }
    }

    private mutating func readConnection(_ storage: [UInt8], _ value: Range<Int>) {
        var list = ListElements(storage, value)
        while let range = list.next() {
            let option = storage.span.extracting(range)
            if option.spellsIgnoringCase("close") {
                hasCloseOption = true
            } else if option.spellsIgnoringCase("keep-alive") {
                hasKeepAliveOption = true
            } else if option.spellsIgnoringCase("upgrade") {
                hasUpgradeOption = true
            }
        }
    }

    private mutating func readExpectation(_ storage: [UInt8], _ value: Range<Int>) {
        var list = ListElements(storage, value)
        while let range = list.next(), expectation != .other {
            if storage.span.extracting(range).spellsIgnoringCase("100-continue") {
                expectation = .proceed
            } else if !range.isEmpty {
                expectation = .other
            }
        }
    }
}
