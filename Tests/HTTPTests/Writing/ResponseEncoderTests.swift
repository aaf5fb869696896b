import Bytes
import HTTP
import Testing

@Suite struct ResponseEncoderTests {
    /// The bytes that answer the request `line` with Host and `lines`.
    private func answer(_ response: HTTPResponse, to line: String = "GET / HTTP/1.1", _ lines: String = "") -> String {
        var machine = HTTPServerMachine(now: ServerConversation.time(0))
        machine.receive(Array("\(line)\r\nHost: a\r\n\(lines)\r\n".utf8).span, now: ServerConversation.time(0))
        _ = machine.nextEvent()
        var output = Array("before ".utf8)
        machine.respond(response, date: ServerConversation.date, now: ServerConversation.time(0), into: &output)
        let text = String(decoding: output, as: UTF8.self)
        #expect(text.hasPrefix("before "))
        return String(text.dropFirst(7))
    }

    private let date = "Date: Sun, 12 Jan 2025 10:33:20 GMT\r\n"

    @Test func `a response with content has its type and length`() {
        #expect(
            answer(.text("hi\n"))
                == "HTTP/1.1 200 OK\r\n\(date)Content-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n\r\nhi\n")
        #expect(
            answer(.json(Array("{}".utf8), status: .created))
                == "HTTP/1.1 201 Created\r\n\(date)Content-Type: application/json; charset=utf-8\r\n"
                + "Content-Length: 2\r\n\r\n{}"
        )
    }

    @Test func `a response says what caches may do with it`() {
        var response = HTTPResponse(status: .noContent)
        response.caching = .forbidden
        #expect(
            answer(response) == "HTTP/1.1 204 No Content\r\n\(date)X-Content-Type-Options: nosniff\r\n"
                + "Cache-Control: no-store\r\n\r\n")
        response.caching = .revalidated
        response.constantLines = "X: y\r\n"
        #expect(
            answer(response) == "HTTP/1.1 204 No Content\r\n\(date)X: y\r\nX-Content-Type-Options: nosniff\r\n"
                + "Cache-Control: private, no-cache\r\n\r\n")
    }

    @Test func `a response without content has length 0`() {
        #expect(answer(HTTPResponse(status: .ok)) == "HTTP/1.1 200 OK\r\n\(date)Content-Length: 0\r\n\r\n")
    }

    @Test func `a response to HEAD has the length but not the content`() {
        #expect(
            answer(HTTPResponse(status: .ok, body: [1, 2, 3]), to: "HEAD / HTTP/1.1")
                == "HTTP/1.1 200 OK\r\n\(date)Content-Length: 3\r\n\r\n")
    }

    @Test func `statuses without content send neither length nor content`() {
        for status in [HTTPStatus.noContent, .notModified] {
            #expect(
                answer(HTTPResponse(status: status, fields: ["ETag": "\"1\""], body: [1]))
                    == "HTTP/1.1 \(status.rawValue) \(status.reasonPhrase)\r\n\(date)ETag: \"1\"\r\n\r\n")
        }
        #expect(
            answer(HTTPResponse(status: .resetContent, body: [1]))
                == "HTTP/1.1 205 Reset Content\r\n\(date)Content-Length: 0\r\n\r\n")
    }

    @Test func `the Connection field follows the version and the client's options`() {
        let empty = HTTPResponse(status: .ok)
        #expect(answer(empty, to: "GET / HTTP/1.0").contains("Connection: close\r\n"))
        #expect(
            answer(empty, to: "GET / HTTP/1.0", "Connection: keep-alive\r\n").contains("Connection: keep-alive\r\n"))
        #expect(answer(empty, "Connection: close\r\n").contains("Connection: close\r\n"))
        #expect(!answer(empty).contains("Connection"))
        let upgrade = HTTPResponse(status: .upgradeRequired, fields: ["Upgrade": "websocket"])
        #expect(answer(upgrade).contains("\r\nConnection: Upgrade\r\n"))
        #expect(answer(upgrade, "Connection: close\r\n").contains("\r\nConnection: close, Upgrade\r\n"))
    }

    @Test func `the application cannot set fields that the machine writes`() {
        let response = HTTPResponse(
            status: .ok,
            fields: [
                "content-length": "99", "Transfer-Encoding": "chunked", "CONNECTION": "close", "Date": "now", "X": "y",
            ])
        #expect(answer(response) == "HTTP/1.1 200 OK\r\n\(date)X: y\r\nContent-Length: 0\r\n\r\n")
    }

    @Test(arguments: [
        ("X", "a\r\nSet-Cookie: b", "X: a  Set-Cookie: b\r\n"),
        ("X", "a\nb", "X: a b\r\n"),
        ("X", "a\rb", "X: a b\r\n"),
        ("X", "a\u{0}b\u{7F}c\u{1}", "X: a b c \r\n"),
        ("X", "\r\n\r\n<html>", "X:     <html>\r\n"),
        ("X", "a\tb \u{E9}", "X: a\tb \u{E9}\r\n"),
        ("X\r\nY", "a", ""),
        ("X: y\r\nZ", "a", ""),
        ("X ", "a", ""),
        ("", "a", ""),
        ("X:", "a", ""),
    ]) func `no field can split a response`(_ name: String, _ value: String, _ line: String) {
        var fields = HTTPFields()
        fields.append(name, value)
        #expect(
            answer(HTTPResponse(status: .ok, fields: fields))
                == "HTTP/1.1 200 OK\r\n\(date)\(line)Content-Length: 0\r\n\r\n")
    }

    @Test func `a response without a request closes the connection`() {
        var output: [UInt8] = []
        HTTPServerMachine.encode(
            HTTPResponse(status: .serviceUnavailable), date: ServerConversation.date, into: &output)
        #expect(
            String(decoding: output, as: UTF8.self)
                == "HTTP/1.1 503 Service Unavailable\r\n\(date)Content-Length: 0\r\nConnection: close\r\n\r\n")
    }
}
