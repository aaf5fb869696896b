import JSON
import Testing

@Suite struct JSONLocatorTests {
    private let text = """
        // settings
        {
          "listen": "0.0.0.0:8080",
          "limits": { "depth": 64, /* é */ "größe": [1, {"a": 2}, 3] },
          "lis\\u0074": [], "": {"": null}
        }
        """

    @Test func `members and elements are found`() {
        let table: [([String], Int, Int)] = [
            ([], 2, 1), (["listen"], 3, 3), (["limits"], 4, 3), (["limits", "depth"], 4, 15),
            (["limits", "größe"], 4, 36),
            (["limits", "größe", "0"], 4, 46), (["limits", "größe", "1"], 4, 49),
            (["limits", "größe", "1", "a"], 4, 50),
            (["limits", "größe", "2"], 4, 59), (["list"], 5, 3), ([""], 5, 20), (["", ""], 5, 25),
        ]
        for (path, line, column) in table {
            let place = JSONLocator.position(of: path, in: Array(text.utf8), comments: true)
            #expect(place?.line == line, "\(path)")
            #expect(place?.column == column, "\(path)")
        }
    }

    @Test func `a path that leads nowhere has no position`() {
        for path in [
            ["x"], ["listen", "x"], ["limits", "größe", "3"], ["limits", "größe", "-1"], ["limits", "größe", "00"],
            ["limits", "größe", "0", "0"], ["list", "0"], ["", "", ""],
        ] {
            #expect(JSONLocator.position(of: path, in: Array(text.utf8), comments: true) == nil, "\(path)")
        }
        #expect(JSONLocator.position(of: ["listen"], in: Array(text.utf8)) == nil)
        #expect(JSONLocator.position(of: ["a"], in: Array("{\"b\":tru,\"a\":1}".utf8)) == nil)
        #expect(JSONLocator.position(of: ["a"], in: []) == nil)
        #expect(JSONLocator.position(of: ["a"], in: Array("{\"a\"".utf8)) == nil)
    }

    @Test func `faults after the member do not matter`() {
        let place = JSONLocator.position(of: ["a"], in: Array("{\n\"a\":1, x".utf8))
        #expect(place?.line == 2 && place?.column == 1)
    }

    @Test func `columns count scalars and lines end with line feeds`() {
        let bytes = Array("é\r\n\t𝄞x".utf8)
        let places = (0...bytes.count + 1).map { JSONLocator.position(ofOffset: $0, in: bytes.span) }
        #expect(places.map(\.line) == [1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2])
        #expect(places.map(\.column) == [1, 2, 2, 3, 1, 2, 3, 3, 3, 3, 4, 4])
    }
}
