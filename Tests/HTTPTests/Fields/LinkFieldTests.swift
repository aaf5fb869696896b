import HTTP
import Testing

@Suite struct LinkFieldTests {
    @Test func `a link has its target and relation`() {
        #expect(
            LinkField.value(target: "/api/v1/support?cursor=42&limit=10", relation: "next")
                == "</api/v1/support?cursor=42&limit=10>; rel=\"next\"")
    }

    @Test func `no character can break out of the link`() {
        #expect(
            LinkField.value(target: "/a>\r\n\"b \u{E9}", relation: "n\"e\r\nxt")
                == "</a%3E%0D%0A%22b%20%C3%A9>; rel=\"next\"")
    }
}
