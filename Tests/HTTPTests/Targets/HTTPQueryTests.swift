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

    @Test(arguments: [
        ("a=%", "a=%25"), ("%zz=1", "%25zz=1"), ("%4=%4g+%", "%254=%254g%20%25"), ("%%41", "%25A="),
        ("a=%FF", "a=%EF%BF%BD"), ("a=%C3%A", "a=%EF%BF%BD%25A"), ("\u{E9}=[]", "%C3%A9=%5B%5D"),
        ("a=%C0%80", "a=%EF%BF%BD%EF%BF%BD"),
    ]) func `what is not encoded stands for itself, and what is not UTF-8 is replaced`(
        _ text: String, _ encoded: String
    ) {
        #expect(HTTPQuery(parsing: text)?.encoded == encoded)
    }

    @Test(arguments: ["a=1&b=%00", "a\u{0}"])
    func `queries with NUL are refused`(_ text: String) {
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
