import JSON
import Testing

@testable import Server

/// The upstream settings: which URLs are accepted, and which settings contradict each other.
@Suite struct UpstreamSettingsTests {
    @Test func `a URL names a scheme, a host and a port`() throws {
        let url = try #require(UpstreamURL("http://central.example.com:8080"))
        #expect(url.scheme == .http)
        #expect(url.host == "central.example.com")
        #expect(url.port == 8080)
        #expect(url.authority == "central.example.com:8080")
        #expect(UpstreamURL("http://central")?.port == 80)
        #expect(UpstreamURL("nats://central")?.port == 4222)
        #expect(UpstreamURL("NATS://central/")?.text == "nats://central")
        #expect(UpstreamURL("http://[2001:db8::1]:80")?.host == "2001:db8::1")
        #expect(UpstreamURL("http://[::1]")?.port == 80)
        #expect(UpstreamURL("http://10.0.0.1")?.host == "10.0.0.1")
    }

    @Test(arguments: [
        "central", "https://central", "http:/central", "http://", "http://:80", "http://central:", "http://central:0",
        "http://central:65536", "http://central:8a", "http://user@central", "http://central/path", "http://central?q",
        "http://central#f", "http://[::1", "http://::1", "http://[1.2.3.4]", "http://a b", "http://a\r\nX: y",
        "http://ä",
        "nats://a,nats://b",
    ]) func `any other URL is refused`(_ text: String) {
        #expect(UpstreamURL(text) == nil)
    }

    private func faults(_ upstream: JSONObject) -> [String] {
        let text = JSONValue.object(["upstream": .object(upstream)]).encoded()
        do throws(ConfigurationFault) {
            _ = try Configuration.read(bytes: text, file: "f")
            return []
        } catch {
            return error.messages
        }
    }

    @Test func `contradictory settings are refused`() {
        #expect(faults(["url": "http://central", "token": "t"]) == [])
        #expect(faults(["url": "nats://central"]) == [])
        #expect(faults(["url": "nats://central", "token": "t"]) == [])
        #expect(faults(["url": "nats://central", "user": "u", "password": "p"]) == [])
        #expect(faults(["token": "kept for later"]).count == 1, "a space")
        #expect(faults(["url": "http://central"]).first?.contains("upstream.token must be given") == true)
        #expect(faults(["url": "nats://central", "user": "u"]).first?.contains("go together") == true)
        #expect(faults(["url": "nats://central", "password": "p"]).first?.contains("go together") == true)
        let both: JSONObject = ["url": "nats://central", "token": "t", "user": "u", "password": "p"]
        #expect(faults(both).first?.contains("give only one") == true)
        let overHTTP: JSONObject = ["url": "http://central", "token": "t", "user": "u", "password": "p"]
        #expect(faults(overHTTP).contains { $0.contains("is for a nats:// URL") })
    }

    @Test func `a fault does not show a secret`() {
        let messages = faults(["url": "nats://central", "token": "very secret"])
        #expect(messages.count == 1)
        #expect(messages.first?.contains("very secret") == false)
        #expect(messages.first?.contains("upstream.token must be") == true)
    }

    @Test func `a list of changes does not show a secret`() {
        var (old, new) = (Configuration(), Configuration())
        old.upstream.token = "before"
        new.upstream.token = "after"
        new.upstream.password = "other"
        let changes = old.changes(to: new)
        #expect(changes.applied == ["upstream.token", "upstream.password"])
        #expect(changes.configuration.upstream.token == "after")
    }
}
