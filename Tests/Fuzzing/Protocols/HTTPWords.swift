import HTTP

/// The words of HTTP.
enum HTTPWords {
    static let all = [
        "GET ", "POST ", "HEAD ", "OPTIONS ", "PATCH ", "DELETE ", " HTTP/1.1\r\n", " HTTP/1.0\r\n",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 ", "100 Continue", "101 Switching Protocols", "204 ", "304 ", "\r\n", "\r\n\r\n", "Host: a\r\n",
        "Content-Length: ", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding", "chunked", "gzip", "Connection: ",
        "close", "keep-alive", "Upgrade: websocket\r\n", "Connection: Upgrade\r\n", "Expect: 100-continue\r\n",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "Sec-WebSocket-Version: 13\r\n", "If-Match: ",
        "If-None-Match: ", "W/\"a\"", "\"a\"", "*", "http://b", "[::1]", ":8080", "%2F", "%2e", "%00", "%", "..",
        "?EIO=4",
        "&transport=polling", "&sid=a", "+", "0\r\n\r\n", "5\r\nhello\r\n", "5;a=b\r\n", "ffffffffffffffff", ";", ",",
        "Date: Sun, 12 Jan 2025 10:30:01 GMT\r\n", "\t", "Retry-After: ", "TRACE ", "Content-Encoding: ",
        "Authorization: Bearer a\r\n", "Origin: http://a\r\n",
        "\"a-gzip\"", "\u{E9}",
    ]

    static let smallLimits: HTTPLimits = {
        var limits = HTTPLimits()
        limits.requestTargetBytesMax = 40
        limits.headBytesMax = 200
        limits.bodyBytesMax = 60
        limits.fieldCountMax = 6
        limits.chunkExtensionBytesMax = 10
        limits.trailerBytesMax = 20
        limits.pipelinedBytesMax = 30
        limits.requestsPerConnectionMax = 3
        return limits
    }()

    /// Limits for messages that we have written: these may be longer than those that were read.
    static let largeLimits: HTTPLimits = {
        var limits = HTTPLimits()
        limits.headBytesMax = 1 << 20
        limits.requestTargetBytesMax = 1 << 18
        limits.fieldCountMax = 1000
        return limits
    }()

    static let requests = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a%20b/%C3%A9?b=1&c=d%26e+f HTTP/1.1\r\nHost: [fe80::1]:8080\r\nX: \t y \r\n\r\n",
        "\r\nHEAD http://b:81/c?d=e HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a?q=kho\u{E1}&b[]=%&c=\u{1F50B} HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\nX : y\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\n\r\n",
        "POST /api/v1/support HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\nB\r\n0123456789a\r\n"
            + "0;c\r\nX: y\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
        "PATCH /support/1 HTTP/1.1\r\nHost: a\r\nIf-Match: \"1\", W/\"2\", *\r\n"
            + "If-None-Match: *\r\nContent-Length: 0\r\n\r\n",
        "GET /socket.io/?EIO=4&transport=websocket&sid=abc HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
            + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
        "GET /../%2e%2e/%00 HTTP/1.1\r\nHost: a\r\n\r\n", "\u{16}\u{3}\u{1}", "GET /\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\r\nDate: Sun, 12 Jan 2025 10:30:01 GMT\r\nIf-Match: W/\r\n\r\n",
    ]

    static let responses = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\n\r\n"
            + "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nhi\r\n0\r\nA: b\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nuntil the end",
        "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 304 \r\nETag: \"a\"\r\nContent-Length: 7\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\u{1}\u{0}",
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 99999999999999999999\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 999 \r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ]
}
