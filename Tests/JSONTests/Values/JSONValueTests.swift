import JSON
import Testing

@Suite struct JSONValueTests {
    private let all: [JSONValue] = [nil, true, 1, .unsigned(.max), 1.5, "a", [1], ["a": 1]]

    @Test func `each accessor returns its own case only`() {
        #expect(all.map(\.isNull) == [true, false, false, false, false, false, false, false])
        #expect(all.map(\.boolValue) == [nil, true, nil, nil, nil, nil, nil, nil])
        #expect(all.map(\.stringValue) == [nil, nil, nil, nil, nil, "a", nil, nil])
        #expect(all.map(\.arrayValue) == [nil, nil, nil, nil, nil, nil, [1], nil])
        #expect(all.map(\.objectValue) == [nil, nil, nil, nil, nil, nil, nil, ["a": 1]])
        #expect(all.map(\.integerValue) == [nil, nil, 1, nil, nil, nil, nil, nil])
        #expect(all.map(\.doubleValue) == [nil, nil, 1, 18_446_744_073_709_551_616, 1.5, nil, nil, nil])
    }

    @Test func `only whole doubles have an integer value`() {
        let table: [(Double, Int64?)] = [
            (0, 0), (-0.0, 0), (2, 2), (-3, -3), (1e15, 1_000_000_000_000_000), (-0x1p63, .min), (0.5, nil),
            (-1.25, nil),
            (0x1p63, nil), (-0x1.0000000000001p63, nil), (1e300, nil), (.infinity, nil), (-.infinity, nil), (.nan, nil),
            (.leastNonzeroMagnitude, nil), (0x1.fffffffffffffp62, 9_223_372_036_854_774_784),
        ]
        for (double, integer) in table { #expect(JSONValue.double(double).integerValue == integer, "\(double)") }
    }

    @Test func `unsigned numbers get the case that fits`() {
        #expect(JSONValue(UInt64(5)) == .integer(5))
        #expect(JSONValue(UInt64(Int64.max)) == .integer(.max))
        #expect(JSONValue(UInt64(Int64.max) + 1) == .unsigned(9_223_372_036_854_775_808))
    }

    @Test func `members are found in objects only`() {
        let value: JSONValue = ["a": ["b": "c"], "n": nil]
        #expect(value["a"]?["b"] == "c")
        #expect(value["n"]?.isNull == true)
        #expect(value["x"] == nil)
        #expect(value["a"]?["b"]?["c"] == nil)
        #expect(JSONValue.array([])["a"] == nil)
    }

    @Test func `values of different kinds differ`() {
        for (place, left) in all.enumerated() {
            for (otherPlace, right) in all.enumerated() { #expect((left == right) == (place == otherPlace)) }
        }
        #expect(JSONValue.integer(1) != .double(1))
        #expect(JSONValue.array([1, 2]) != [2, 1])
    }

    @Test func `objects are equal in any order, and so are their hash values`() {
        let left: JSONValue = ["a": 1, "b": [2, ["c": 3, "d": 4]]]
        let right: JSONValue = ["b": [2, ["d": 4, "c": 3]], "a": 1]
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(left != ["a": 1, "b": [2, ["c": 3, "d": 5]]])
        #expect(left != ["a": 1])
        #expect(Set([left, right]).count == 1)
    }

    @Test func `strings are compared by their bytes`() {
        let composed = JSONValue.string("\u{E9}")
        let decomposed = JSONValue.string("e\u{301}")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(JSONValue.string("\u{212B}") != .string("A\u{30A}"))
    }

    @Test func `kinds are worded for sentences`() {
        #expect(
            all.map(\.kind).joined(separator: ", ")
                == "null, a boolean, a number, a number, a number, a string, an array, an object")
    }

    @Test func `literals keep their order`() {
        let value: JSONValue = ["z": 1, "a": [nil, true, -2, 2.5, "\(1 + 1)"], "m": [:]]
        #expect(value.text == #"{"z":1,"a":[null,true,-2,2.5,"2"],"m":{}}"#)
    }
}
