import HTTP
import Testing

@Suite struct HTTPQueryTests {
    @Test(arguments: [
        ("", ""), ("a=1", "a=1"), ("a", "a="), ("a=", "a="), ("=1", "=1"), ("=", "="), ("a=1&b=2", "a=1&b=2"),
        ("&&a=1&", "a=1"),
        ("a=b=c", "a=b%3Dc"), ("a+b=c%20d", "a%20b=c%20d"), ("%C3%A9=%26", "%C3%A9=%26"), ("a=1&a=2", "a=1&a=2"),
    ]) func `queries are parsed and encoded`(_ text: String, _ encoded: String) {
        #expect(HTTPQuery(parsing: text)?.encoded == encoded)
    }

    @Test(arguments: ["a=%", "%zz=1", "a=1&b=%00", "a=%FF"])
    func `malformed queries are refused`(_ text: String) {
        #expect(HTTPQuery(parsing: text) == nil)
    }

    @Test func `pairs are found by name`() {
        let query = HTTPQuery(parsing: "a=1&b=2&a=3&A=4")
        #expect(query?["a"] == "1" && query?.values("a") == ["1", "3"] && query?["A"] == "4" && query?["c"] == nil)
        #expect(query?.items.count == 4 && query?.isEmpty == false)
        var made: HTTPQuery = ["a": "1"]
        made.append("b", "2 3")
        #expect(made.encoded == "a=1&b=2%203")
    }
}
