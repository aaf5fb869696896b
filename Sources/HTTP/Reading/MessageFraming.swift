import Bytes

/// What the fields of a message say about where its content ends and whether the connection lives on (RFC 9112,
/// sections 6 and 9). Wherever two readers could come to different ends, the message is refused: that difference is
/// what request smuggling is made of.
struct MessageFraming {
    /// What Expect asks for (RFC 9110, section 10.1.1).
    enum Expectation { case none, proceed, other }

    /// From Content-Length; `Int.max` where the number is larger than any that is acceptable.
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var expectation = Expectation.none
    private(set) var hasUpgradeOption = false
    private var hasCloseOption = false
    private var hasKeepAliveOption = false
    private var hostCount = 0
    private var hostIsValid = true
    private var hasOtherCoding = false

    /// - Throws: 400 for lengths that are doubled, malformed or contradicted, and for codings after chunked; 501 for
    ///   codings that are not known.
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
            case 14 where name.spellsIgnoringCase("content-length"):
                guard contentLength == nil else { throw .badRequest("Content-Length occurs twice") }
                contentLength = try Self.length(bytes.extracting(line.value))
            case 17 where name.spellsIgnoringCase("transfer-encoding"):
                try readTransferCodings(fields.storage, line.value)
            default: break
            }
        }
        guard contentLength == nil || !(isChunked || hasOtherCoding) else {
            throw .badRequest("Content-Length and Transfer-Encoding exclude each other")
        }
        if hasOtherCoding { throw .notImplemented("the only transfer coding known is chunked") }
    }

    /// What only requests must observe.
    func checkRequest(minorVersion: Int) throws(HTTPFault) {
        if hostCount > 1 { throw .badRequest("Host occurs twice") }
        if hostCount == 0 && minorVersion >= 1 { throw .badRequest("Host is missing") }
        if !hostIsValid { throw .badRequest("Host is not valid") }
        // RFC 9112, section 6.1: a message of 1.0 with Transfer-Encoding has faulty framing.
        if isChunked && minorVersion == 0 { throw .badRequest("HTTP/1.0 has no Transfer-Encoding") }
        if expectation == .other {
            throw HTTPFault(status: .expectationFailed, message: "the only expectation known is 100-continue")
        }
    }

    /// Whether the connection persists after the message (RFC 9112, section 9.3).
    func keepsAlive(minorVersion: Int) -> Bool {
        !hasCloseOption && (minorVersion >= 1 || hasKeepAliveOption)
    }

    /// 1*DIGIT and nothing else: a list, even of equal numbers, is refused.
    private static func length(_ bytes: Span<UInt8>) throws(HTTPFault) -> Int {
        guard bytes.count > 0 else { throw .badRequest("Content-Length is empty") }
        var length = 0
        for index in 0..<bytes.count {
            guard bytes[index].isASCIIDigit else { throw .badRequest("Content-Length is not one decimal number") }
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
            guard !isChunked else { throw .badRequest("a transfer coding follows chunked, which must be the last") }
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
