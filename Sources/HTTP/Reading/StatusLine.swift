/// `HTTP-version SP status-code SP [ reason-phrase ]` (RFC 9112, section 4). The last space may be missing, as some
/// servers have it; the phrase is read by nobody.
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
            throw .badRequest("the reason phrase holds a control character")
        }
        status = HTTPStatus(rawValue: code)
        minorVersion = line[7] == 0x30 ? 0 : 1
    }

    static func bytesMax(_ limits: HTTPLimits) -> Int { limits.headBytesMax }

    static var overlongFault: HTTPFault { .fieldsTooLarge("the status line is too long") }
}
