extension RequestCase {
    static let malformed: [RequestCase] =
        requestLines + targetFaults + fieldFaults + hostFaults + framingFaults + chunkFaults

    private static func line(_ line: String, _ status: String) -> RequestCase {
        RequestCase("line \(line.debugDescription)", "\(line)\r\nHost: a\r\n\r\n", status)
    }

    private static let requestLines: [RequestCase] = [
        line("GET /", "400"),
        line("GET", "400"),
        line("GET ", "400"),
        line(" GET / HTTP/1.1", "400"),
        line("\tGET / HTTP/1.1", "400"),
        line("GET  / HTTP/1.1", "400"),
        line("GET /  HTTP/1.1", "400"),
        line("GET / HTTP/1.1 ", "400"),
        line("GET\t/ HTTP/1.1", "400"),
        line("GET /\tHTTP/1.1", "400"),
        line("GET / a HTTP/1.1", "400"),
        line("GET HTTP/1.1", "400"),
        line("G(T / HTTP/1.1", "400"),
        line("GET / HTTP/1", "400"),
        line("GET / HTTP/1.", "400"),
        line("GET / HTTP/1.10", "400"),
        line("GET / HTTP/01.1", "400"),
        line("GET / http/1.1", "400"),
        line("GET / HTTP 1.1", "400"),
        line("GET / HTTPS/1.1", "400"),
        line("GET / HTTP/x.1", "400"),
        line("GET / HTTP/1,1", "400"),
        line("GET / HTTP/-1.1", "400"),
        line("GET / HTTP/2.0", "505"),
        line("GET / HTTP/0.9", "505"),
        line("GET / HTTP/3.1", "505"),
        line("PRI * HTTP/2.0", "505"),
        line("get / HTTP/1.1", "501"),
        line("CONNECT a:80 HTTP/1.1", "501"),
        line("GETT / HTTP/1.1", "501"),
        line("GET / HTTP/1.1\r", "400"),
        line("GET /\rHTTP/1.1", "400"),
        line("GET /\u{0} HTTP/1.1", "400"),
        RequestCase("two empty lines before", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        RequestCase("a bare LF before", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        RequestCase("a CR before", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        RequestCase("a request line ended by LF", "GET / HTTP/1.1\nHost: a\r\n\r\n", "400"),
        RequestCase("a PROXY header", "PROXY TCP4 192.0.2.7 192.0.2.1 4711 8080\r\n", "400"),
        RequestCase("a PROXY header of version 2", "\r\n\r\n\u{0}\r\nQUIT\n!\u{11}\u{0}\u{0}", "400"),
        RequestCase("a TLS handshake", bytes: [0x16, 0x03, 0x01, 0x02, 0x00, 0x01], "400"),
        RequestCase("a response", "HTTP/1.1 200 OK\r\n\r\n", "400"),
    ]

    private static let targetFaults: [RequestCase] = [
        .target("a", "400"), .target("?a", "400"), .target("*", "400"), .target("**", method: "OPTIONS", "400"),
        .target("/a#b", "400"), .target("/\u{E9}", "400"), .target("/\u{7F}", "400"), .target("/\u{1}", "400"),
        .target("/%", "400"), .target("/%4", "400"), .target("/%4/a", "400"), .target("/%zz", "400"),
        .target("/%+1", "400"),
        .target("/%00", "400"), .target("/%FF", "400"), .target("/%C0%AF", "400"), .target("/%ED%A0%80", "400"),
        .target("/%C3/%A9", "400"), .target("/..", "400"), .target("/a/../b", "400"), .target("/a/%2e%2E", "400"),
        .target("/.%2e/a", "400"), .target("/?a=%00", "400"), .target("/?a=#4", "400"), .target("/?a\u{0}", "400"),
        .target("/?\u{E9}\u{7F}", "400"), .target("/?\u{E9}\u{1F}", "400"), .target("/?\u{E9} b", "400"),
        .target("/?\u{E9}#b", "400"), .target("/\u{E9}?b", "400"), .target("/a[%?b", "400"), .target("ftp://b/", "400"),
        .target("http:/b/", "400"),
        .target("http:b", "400"), .target("http://", "400"), .target("http:///a", "400"), .target("http://u@b/", "400"),
        .target("http://b:x/", "400"), .target("http://b:65536/", "400"), .target("http://[::1/", "400"),
        .target("http://b\\c/", "400"), .target("http://b/..", "400"), .target("://b", "400"), .target("a:80", "400"),
    ]

    private static let fieldFaults: [RequestCase] = [
        .get("no colon", "X", "400"),
        .get("no name", ": y", "400"),
        .get("a space before the colon", "X : y", "400"),
        .get("a tab before the colon", "X\t: y", "400"),
        .get("a folded line", "X: y\r\n z", "400"),
        .get("a line folded with a tab", "X: y\r\n\tz", "400"),
        .get("a line with only a space", " ", "400"),
        RequestCase("white space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400"),
        .get("a name with a space", "X Y: z", "400"),
        .get("a name with a bracket", "X(: z", "400"),
        .get("a name that is not ASCII", "\u{E9}: z", "400"),
        .get("NUL in a name", "X\u{0}: z", "400"),
        .get("NUL in a value", "X: a\u{0}b", "400"),
        .get("a control character in a value", "X: a\u{1}b", "400"),
        .get("an escape in a value", "X: a\u{1B}b", "400"),
        .get("DEL in a value", "X: a\u{7F}b", "400"),
        .get("a vertical tab before a value", "X: \u{B}b", "400"),
        .get("a CR in a value", "X: a\rb", "400"),
        .get("a CR at the end of a value", "X: a\r", "400"),
        .get("a CR in a name", "X\rY: a", "400"),
        .get("an LF at the end of a value", "X: a\nY: b", "400"),
        RequestCase("a head ended by LF", "GET / HTTP/1.1\r\nHost: a\r\n\n", "400"),
        RequestCase("a head ended by CR", "GET / HTTP/1.1\r\nHost: a\r\n\r\rX: y\r\n\r\n", "400"),
        .get("two Authorizations", "Authorization: Bearer a\r\nauthorization: Bearer b", "400"),
        .get("two equal Authorizations", "Authorization: Bearer a\r\nAuthorization: Bearer a", "400"),
        .get("two Content-Types", "Content-Type: text/plain\r\ncontent-type: application/json", "400"),
        .get("two equal Content-Types", "Content-Type: a/b\r\nContent-Type: a/b", "400"),
        .get("another expectation", "Expect: 200-ok", "417"),
        .get("one expectation too many", "Expect: 100-continue, foo", "417"),
    ]

    private static let hostFaults: [RequestCase] =
        [
            RequestCase("no Host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", "400"),
            RequestCase("no field at all", "GET / HTTP/1.1\r\n\r\n", "400"),
            .get("two Hosts", "Host: a", "400"),
            RequestCase("two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", "400"),
            RequestCase("no Host with an absolute form", "GET http://b/ HTTP/1.1\r\n\r\n", "400"),
            RequestCase("an invalid Host with an absolute form", "GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n", "400"),
        ]
        + [
            "", "a b", "a,b", "a/b", "a@b", "a?b", "a#b", "a:b", "a:80:80", "a:-1", "a:65536", "a:000080", ":80",
            "[::1", "::1",
            "[::1]a", "[]", "[:]", "[g::1]", "[1:2:3:4:5:6:7:8:9]", "a%2", "a%zz", "\u{E9}", "a\\b", "\"a\"", "<a>",
        ].map { value in
            RequestCase("Host \(value.debugDescription)", "GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n", "400")
        }

    private static let framingFaults: [RequestCase] =
        [
            .post("length and coding", "Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n", "400"),
            .post("coding and length", "Transfer-Encoding: chunked\r\nContent-Length: 0", "0\r\n\r\n", "400"),
            .post("an unknown coding and a length", "Transfer-Encoding: gzip\r\nContent-Length: 0", "", "400"),
            .post("two lengths", "Content-Length: 5\r\nContent-Length: 6", "hello", "400"),
            .post("two equal lengths", "Content-Length: 5\r\nContent-Length: 5", "hello", "400"),
            .post(
                "chunked twice on two lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n",
                "400"),
            .post(
                "identity after chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n",
                "400"),
            RequestCase(
                "a coding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
            .post("a length over the limit", "Content-Length: 1048577", "", "413"),
            .post("a length over 64 bits", "Content-Length: 99999999999999999999", "", "413"),
            .post("a length that wraps to 5", "Content-Length: 18446744073709551621", "hello", "413"),
            .post("an expectation for too much content", "Content-Length: 1048577\r\nExpect: 100-continue", "", "413"),
        ]
        + [
            "", "-1", "+5", "5, 5", "5,", ",5", "5 5", "0x5", "5a", "5.0", "5;", "\"5\"", "\u{665}", "five", "- 5",
        ].map { value in
            .post("Content-Length \(value.debugDescription)", "Content-Length: \(value)", "hello", "400")
        }
        + [
            ("", "400"), (",", "400"), ("chunked,", "400"), (",chunked", "400"), ("chunked, chunked", "400"),
            ("chunked;a=b", "400"),
            ("chunked ;a", "400"), ("chunked, gzip", "400"), ("chun ked", "400"), ("\"chunked\"", "400"),
            ("(chunked)", "400"),
            ("chunked\u{B}", "400"), ("\u{B}chunked", "400"), ("chunked\u{0}", "400"), ("chunked\u{A0}", "400"),
            ("gzip", "501"), ("identity", "501"), ("gzip, chunked", "501"), ("xchunked", "501"), ("chunkedx", "501"),
            ("gzip;q=1", "501"),
        ].map { value, status in
            .post("Transfer-Encoding \(value.debugDescription)", "Transfer-Encoding: \(value)", "0\r\n\r\n", status)
        }

    private static let chunkFaults: [RequestCase] =
        [
            "\r\nhello", "-5", "+5", "0x5", " 5", "5 ", "5 ;a", "\t5", "5\t", "g", "5g", "5,", "5.", "5\u{0}", ";a",
            "5;\u{0}",
            "5;a\rb", "5;a\u{1}", "8000000000000000", "ffffffffffffffff", "10000000000000005", "00000000000000005",
        ].map { size in .chunks("chunk size \(size.debugDescription)", "\(size)\r\nhello\r\n0\r\n\r\n", "400") }
        + [
            .chunks("a chunk over the limit", "100001\r\n", "413"),
            .chunks("chunks over the limit together", "1\r\na\r\n100000\r\n", "413"),
            .chunks("a size ended by LF", "5\nhello\r\n0\r\n\r\n", "400"),
            .chunks("a size ended by CR", "5\rhello\r\n0\r\n\r\n", "400"),
            .chunks("an extension ended by LF", "5;a\nhello\r\n0\r\n\r\n", "400"),
            .chunks("data ended by LF", "5\r\nhello\n0\r\n\r\n", "400"),
            .chunks("data ended by CR", "5\r\nhello\r0\r\n\r\n", "400"),
            .chunks("data ended by nothing", "5\r\nhello0\r\n\r\n", "400"),
            .chunks("more data than announced", "5\r\nhello!\r\n0\r\n\r\n", "400"),
            .chunks("less data than announced", "6\r\nhello\r\n0\r\n\r\n", "400"),
            .chunks("a last chunk ended by LF", "0\n\r\n", "400"),
            .chunks("a trailer section ended by LF", "0\r\n\n", "400"),
            .chunks("a trailer without a colon", "0\r\nX\r\n\r\n", "400"),
            .chunks("a trailer with a space before the colon", "0\r\nX : y\r\n\r\n", "400"),
            .chunks("a folded trailer", "0\r\nX: y\r\n z\r\n\r\n", "400"),
            .chunks("a trailer with NUL", "0\r\nX: \u{0}\r\n\r\n", "400"),
            .chunks("a trailer ended by LF", "0\r\nX: y\n\r\n", "400"),
        ]
}
