import JSON
import Testing

@testable import stationd_bench

@Suite struct VisitorResultTests {
    @Test func `refusals and lost connections are no success`() {
        var result = VisitorResult()
        #expect(result.successShare == 1)
        #expect(result.text == "no answer")
        result.statuses = [429: 2, 200: 4, 201: 1]
        result.cuts = 1
        #expect(result.answers == 7)
        #expect(result.successes == 5)
        #expect(result.successShare == 5.0 / 8)
        #expect(result.text == "4 × 200, 1 × 201, 2 × 429, 1 closed without an answer")
    }

    @Test func `the run number stands after the mark in the content`() throws {
        let body: JSONValue = ["description": "#0000000000 stays"]
        let (bytes, place) = RequestText.stamped("POST", "/api/v1/support", token: "a#b", body)
        let start = try #require(place)
        #expect(String(decoding: bytes[start..<start + 10], as: UTF8.self) == "0000000000")
        #expect(String(decoding: bytes[(start + 10)...], as: UTF8.self) == " stays\"}")
        #expect(RequestText.stamped("POST", "/", token: "t", ["a": 1]).stampPlace == nil)
    }
}
