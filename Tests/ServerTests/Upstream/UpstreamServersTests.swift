import Testing

@testable import Server

@Suite struct UpstreamServersTests {
    private func urls(_ texts: String...) -> [UpstreamURL] { texts.compactMap { UpstreamURL($0) } }

    @Test func `announced servers come after those configured, once each, with their scheme`() {
        var servers = UpstreamServers(urls("nats://a", "nats://10.0.0.2:4223"))
        let announced = ["10.0.0.2:4223", "10.0.0.3:4223", "[2001:db8::4]:4222", "10.0.0.3:4223", "a:4222"]
        #expect(servers.learn(announced, using: 0) == [2, 3])
        #expect(
            servers.urls.map(\.text) == [
                "nats://a", "nats://10.0.0.2:4223", "nats://10.0.0.3:4223", "nats://[2001:db8::4]:4222",
            ])
        #expect(servers.learn(announced, using: 1) == [])
        #expect(servers.learn([], using: 1) == [])
        #expect(servers.urls.count == 4)
    }

    @Test func `what is no server is ignored, and nothing leaves the scheme`() {
        var servers = UpstreamServers(urls("nats://a"))
        let announced = [
            "", ":", "b:0", "b:70000", "b c:1", "user:password@b:4222", "http://b:80", "tls://b:4222", "b/path",
            "b?x=1",
        ]
        #expect(servers.learn(announced, using: 0) == [])
        #expect(servers.learn(["b:4222/"], using: 0) == [1])
        #expect(servers.urls.allSatisfy { $0.scheme == .nats })
    }

    @Test func `servers that are no longer announced make room, but the one in use stays`() {
        var servers = UpstreamServers(urls("nats://a"))
        let old = (1...16).map { "old\($0):4222" }
        #expect(servers.learn(old, using: 0) == Array(1...16))
        #expect(servers.learn(["more:4222"] + old, using: 3) == [], "there is no room")
        let new = (1...40).map { "new\($0):4222" }
        #expect(servers.learn(new, using: 3) == [1, 2] + Array(4...16))
        #expect(servers.urls.count == 17)
        #expect(servers.urls[3].host == "old3" && servers.urls[0].host == "a")
        #expect(servers.learn(new, using: 3) == [])
    }
}
