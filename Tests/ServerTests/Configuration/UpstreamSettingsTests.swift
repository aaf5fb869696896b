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
        #expect(UpstreamURL("https://central")?.port == 443)
        #expect(UpstreamURL("tls://central")?.port == 4222)
        #expect(UpstreamURL("NATS://central/")?.text == "nats://central")
        #expect(UpstreamURL("http://[2001:db8::1]:80")?.host == "2001:db8::1")
        #expect(UpstreamURL("http://[::1]")?.port == 80)
        #expect(UpstreamURL("http://10.0.0.1")?.host == "10.0.0.1")
    }

    @Test(arguments: [
        "central", "ws://central", "http:/central", "http://", "http://:80", "http://central:", "http://central:0",
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
        #expect(faults(overHTTP).contains { $0.contains("is for a nats:// or tls:// URL") })
    }

    @Test func `several servers have one scheme and differ`() throws {
        let text = Array(#"{"upstream": {"url": ["nats://a", "nats://b:4223"]}}"#.utf8)
        let read = try Configuration.read(bytes: text, file: "f")
        #expect(read.upstream.urls == [UpstreamURL("nats://a"), UpstreamURL("nats://b:4223")])
        #expect(faults(["url": ["http://a", "http://b:81"], "token": "t"]) == [])
        #expect(faults(["url": []]) == [])
        #expect(faults(["url": .array((1...16).map { .string("nats://n\($0)") })]) == [])
        #expect(faults(["url": ["http://a"]]).first?.contains("upstream.token must be given") == true)
        let refused: [JSONValue] = [
            ["nats://a", "http://b"], ["nats://a", "nats://a"], ["nats://a", ""], ["nats://a", 7], [["nats://a"]], 7,
            .array((1...17).map { .string("nats://n\($0)") }),
        ]
        for value in refused {
            #expect(faults(["url": value]).first?.contains("a list of up to 16 of these with one scheme") == true)
        }
        var (old, new) = (Configuration(), Configuration())
        old.upstream.urls = [UpstreamURL("nats://a")].compactMap(\.self)
        new.upstream.urls = read.upstream.urls
        let changes = old.changes(to: new)
        #expect(changes.applied == [#"upstream.url: "nats://a" -> ["nats://a","nats://b:4223"]"#])
        #expect(changes.configuration.upstream.urls == new.upstream.urls)
    }

    @Test func `settings for TLS need a URL with TLS`() {
        let trust: [(String, JSONValue)] = [
            ("ca_file", "ca.pem"), ("fingerprint", .string(String(repeating: "ab", count: 32))),
            ("certificate_file", "leaf.pem"),
        ]
        for (name, value) in trust {
            for url: JSONValue in ["https://central", "tls://central"] {
                let token: JSONValue = url == "https://central" ? "t" : ""
                #expect(faults(["url": url, "token": token, name: value]) == [], "\(url.text) \(name)")
            }
            for url: JSONValue in ["http://central", "nats://central"] {
                let messages = faults(["url": url, "token": "t", name: value])
                #expect(messages.contains { $0.contains("upstream.\(name) is for an https:// or tls:// URL") })
            }
        }
        let both = faults(["url": "tls://a", "ca_file": "f", "fingerprint": trust[1].1])
        #expect(both.first?.contains("give only one of them") == true)
        let key = faults(["url": "tls://a", "key_file": "f"])
        #expect(key.first?.contains("upstream.key_file needs upstream.certificate_file") == true)
    }

    @Test func `credentials in a file and a domain are for NATS`() throws {
        #expect(faults(["url": "nats://a", "credentials_file": "/etc/stationd/station.creds", "domain": "hub"]) == [])
        for name in ["credentials_file", "domain"] {
            let messages = faults(["url": "http://a", "token": "t", name: "x"])
            #expect(messages.contains { $0.contains("upstream.\(name) is for a nats:// or tls:// URL") }, "\(messages)")
        }
        let both = faults(["url": "nats://a", "credentials_file": "f", "token": "t"])
        #expect(both.first?.contains("upstream.credentials_file and upstream.token serve the same purpose") == true)
        let user = faults(["url": "nats://a", "credentials_file": "f", "user": "u", "password": "p"])
        #expect(user.first?.contains("upstream.credentials_file and upstream.user serve the same purpose") == true)
        for domain in ["a.b", "a b", "*", ">", "a/b", "\u{e9}"] as [JSONValue] {
            #expect(faults(["url": "nats://a", "domain": domain]).first?.contains("upstream.domain must be") == true)
        }
        for file in ["creds/", 7] as [JSONValue] {
            let messages = faults(["url": "nats://a", "credentials_file": file])
            #expect(messages.first?.contains("upstream.credentials_file must be the path") == true)
        }
        var configuration = Configuration()
        #expect(configuration.upstreamCredentialsPath == nil)
        configuration.data = "/srv/desk"
        configuration.upstream.credentialsFile = "station.creds"
        #expect(configuration.upstreamCredentialsPath == "/srv/desk/station.creds")
        configuration.upstream.credentialsFile = "/etc/station.creds"
        #expect(configuration.upstreamCredentialsPath == "/etc/station.creds")
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
