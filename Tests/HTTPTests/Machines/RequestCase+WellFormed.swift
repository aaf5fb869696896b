extension RequestCase {
    static let wellFormed: [RequestCase] = heads + targets + contents

    private static let heads: [RequestCase] = [
        RequestCase("the shortest 1.1 request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / [] a"),
        RequestCase("the shortest 1.0 request", "GET / HTTP/1.0\r\n\r\n", "GET / [] - close"),
        RequestCase("1.0 with Host", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", "GET / [] a close"),
        RequestCase("a later minor version", "GET / HTTP/1.9\r\nHost: a\r\n\r\n", "GET / [] a"),
        RequestCase("another method", "DELETE /a HTTP/1.1\r\nHost: a\r\n\r\n", "DELETE /a [\"a\"] a"),
        RequestCase("one empty line before", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / [] a"),
        .get("close", "Connection: close", "GET / [] a close"),
        .get("close in a list, in capitals", "Connection: foo , CLOSE", "GET / [] a close"),
        .get("close on a second line", "Connection: foo\r\nConnection: close", "GET / [] a close"),
        .get("close within another option", "Connection: disclose", "GET / [] a"),
        RequestCase(
            "1.0 with keep-alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET / [] -"),
        RequestCase(
            "1.0 with keep-alive and close", "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
            "GET / [] - close"),
        .get("a value without white space before it", "X:y", "GET / [] a"),
        .get("a value with white space around it", "X: \t y \t ", "GET / [] a"),
        .get("an empty value", "X:", "GET / [] a"),
        .get("a tab within a value", "X: a\tb", "GET / [] a"),
        .get("a value that is not ASCII", "X: \u{E9}", "GET / [] a"),
        .get("each token character", "!#$%&'*+-.^_`|~09azAZ: y", "GET / [] a"),
        .get("an upgrade", "Connection: Upgrade\r\nUpgrade: websocket, foo", "GET / [] a to websocket"),
        .get("Upgrade without its option", "Upgrade: websocket", "GET / [] a"),
        RequestCase(
            "an upgrade in 1.0, which is ignored",
            "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
            "GET / [] - close"),
        RequestCase(
            "Host with a port", "GET / HTTP/1.1\r\nHost: station.local:8080\r\n\r\n", "GET / [] station.local:8080"),
        RequestCase("Host with an empty port", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n", "GET / [] a:"),
        RequestCase("an IPv6 Host", "GET / HTTP/1.1\r\nHost: [fe80::1]:8080\r\n\r\n", "GET / [] [fe80::1]:8080"),
        RequestCase("an IPv4 Host", "GET / HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n", "GET / [] 10.0.0.1"),
        RequestCase("Host with an escape", "GET / HTTP/1.1\r\nHost: a%20b\r\n\r\n", "GET / [] a%20b"),
        RequestCase("Host in mixed case", "GET / HTTP/1.1\r\nhOsT: a\r\n\r\n", "GET / [] a"),
    ]

    private static let targets: [RequestCase] = [
        .target("/a", "GET /a [\"a\"] a"),
        .target("/a/", "GET /a/ [\"a\", \"\"] a"),
        .target("//a", "GET //a [\"\", \"a\"] a"),
        .target("/a/./b", "GET /a/./b [\"a\", \".\", \"b\"] a"),
        .target("/a/...", "GET /a/... [\"a\", \"...\"] a"),
        .target("/a%20b/%C3%A9", "GET /a%20b/%C3%A9 [\"a b\", \"\u{E9}\"] a"),
        .target("/a%2fb+c", "GET /a%2fb+c [\"a/b+c\"] a"),
        .target("/a?", "GET /a [\"a\"] a"),
        .target("/a?b", "GET /a [\"a\"] {b=} a"),
        .target("/?b=1&c=d%26e+f&b=2&&=x", "GET / [] {b=1&c=d&e f&b=2&=x} a"),
        .target("/?a=b=c?d/e", "GET / [] {a=b=c?d/e} a"),
        .target("/|{}^`\"<>[]\\", "GET /|{}^`\"<>[]\\ [\"|{}^`\\\"<>[]\\\\\"] a"),
        .target("/?a=%", "GET / [] {a=%} a"), .target("/?%0&%zz=%%41", "GET / [] {%0=&%zz=%A} a"),
        .target("/?%u0041=1", "GET / [] {%u0041=1} a"), .target("/?a=%FF", "GET / [] {a=\u{FFFD}} a"),
        .target("/?q=kho\u{E1}&a[]={|}^`\"<>\\", "GET / [] {q=kho\u{E1}&a[]={|}^`\"<>\\} a"),
        .target("/b?q=\u{1F50B}?c/../d", "GET /b [\"b\"] {q=\u{1F50B}?c/../d} a"),
        RequestCase(
            "a query in Latin-1", bytes: Array("GET /?q=".utf8) + [0xE9] + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8),
            "GET / [] {q=\u{FFFD}} a"),
        .target("http://b?d=\u{E9}", "GET / [] {d=\u{E9}} b"),
        .target("/", method: "TRACE", "TRACE / [] a"),
        .target("*", method: "OPTIONS", "OPTIONS * [] a"),
        .target("/", method: "OPTIONS", "OPTIONS / [] a"),
        .target("http://b/c?d=e", "GET /c [\"c\"] {d=e} b"),
        .target("http://b:81", "GET / [] b:81"),
        .target("HTTPS://b?d=e", "GET / [] {d=e} b"),
        .target("http://b", method: "OPTIONS", "OPTIONS * [] b"),
        .target("http://b?d=e", method: "OPTIONS", "OPTIONS / [] {d=e} b"),
        RequestCase("absolute form in 1.0 without Host", "GET http://b/ HTTP/1.0\r\n\r\n", "GET / [] b close"),
    ]

    private static let contents: [RequestCase] = [
        .post("content with a length", "Content-Length: 5", "hello", "POST / [] a \"hello\""),
        .post("content of length 0", "Content-Length: 0", "", "POST / [] a"),
        .post("neither length nor coding", "X: y", "", "POST / [] a"),
        .post(
            "a length with leading zeros", "Content-Length: 0000000000000000000000005", "hello",
            "POST / [] a \"hello\""),
        .post(
            "content that looks like a request", "Content-Length: 18", "GET / HTTP/1.1\r\n\r\n",
            "POST / [] a \"GET / HTTP/1.1\r\n\r\n\""),
        RequestCase(
            "GET with content", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "GET / [] a \"hi\""),
        RequestCase(
            "1.0 with content", "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi", "POST / [] - \"hi\" close"),
        .chunks("no chunks", "0\r\n\r\n", "POST / [] a"),
        .chunks("one chunk", "5\r\nhello\r\n0\r\n\r\n", "POST / [] a \"hello\""),
        .chunks("chunks", "2\r\nhe\r\n03\r\nllo\r\n00\r\n\r\n", "POST / [] a \"hello\""),
        .chunks(
            "sizes in upper and lower case", "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n",
            "POST / [] a \"01234567890123456789a\""),
        .chunks("a size of sixteen digits", "0000000000000005\r\nhello\r\n0\r\n\r\n", "POST / [] a \"hello\""),
        .chunks("extensions", "5;a=b;c=\"d e\"\r\nhello\r\n0;f\r\n\r\n", "POST / [] a \"hello\""),
        .chunks("trailers", "0\r\nX: y\r\nContent-Length: 9\r\n\r\n", "POST / [] a"),
        .chunks("CRLF as data", "2\r\n\r\n\r\n0\r\n\r\n", "POST / [] a \"\r\n\""),
        .post("chunked in mixed case", "Transfer-Encoding: \tChunked ", "0\r\n\r\n", "POST / [] a"),
        .post("100-continue", "Expect: 100-continue\r\nContent-Length: 2", "hi", "100|POST / [] a \"hi\""),
        .post(
            "100-Continue, chunked", "Expect: 100-Continue\r\nTransfer-Encoding: chunked", "0\r\n\r\n",
            "100|POST / [] a"),
        .post("100-continue for no content", "Expect: 100-continue\r\nContent-Length: 0", "", "POST / [] a"),
        RequestCase(
            "100-continue in 1.0, which is ignored",
            "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
            "POST / [] - \"hi\" close"),
    ]
}
