import HTTP
import Testing

@Suite struct HTTPRequestTests {
    @Test func `a request can be made without a connection`() throws {
        let request = try HTTPRequest(
            method: .post, target: "/a%20b?c=d", fields: ["Connection": "upgrade", "Upgrade": "x"], body: [1])
        #expect(
            request.path == "/a%20b" && request.segments == ["a b"] && request.query["c"] == "d" && request.body == [1])
        #expect(request.target == "/a%20b?c=d" && request.keepAlive && request.upgradeProtocols == ["x"])
        #expect(try HTTPRequest(method: .get, target: "/", minorVersion: 0).keepAlive == false)
    }

    @Test(arguments: ["", "a", "/..", "/%", "*", "/a b", "/\r\n", "/#"])
    func `invalid targets are refused`(_ target: String) {
        #expect(throws: HTTPFault.self) { try HTTPRequest(method: .get, target: target) }
    }

    @Test func `a path is compared as received, with or without its last slash`() throws {
        for (target, isThere) in [
            ("/socket.io/", true), ("/socket.io", true), ("/socket.io/?EIO=4", true), ("http://a/socket.io?b", true),
            ("/socket.i", false), ("/socket.io//", false), ("/Socket.io/", false), ("/socket.ip", false), ("/", false),
            ("http://a", false),
        ] {
            #expect(try HTTPRequest(method: .get, target: target).isAt("/socket.io/") == isThere, "\(target)")
        }
    }

    @Test func `the target survives changes of fields and method`() throws {
        var request = try HTTPRequest(method: .get, target: "/a", fields: ["X": "y"])
        request.fields = HTTPFields()
        request.fields.append("Z", "1")
        request.method = .options
        #expect(request.target == "/a" && request.path == "/a")
    }
}
