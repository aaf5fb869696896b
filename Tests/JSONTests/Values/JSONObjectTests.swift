import Generators
import Testing

@testable import JSON

@Suite struct JSONObjectTests {
    @Test func `members keep their order, and replaced ones their place`() {
        var object: JSONObject = ["c": 1, "a": 2, "b": 3]
        object["a"] = 20
        object["d"] = 4
        object.append("c", 10)
        object.append("e", 5)
        #expect(object.description == #"{"c":10,"a":20,"b":3,"d":4,"e":5}"#)
    }

    @Test func `setting nil removes a member, setting null does not`() {
        var object: JSONObject = ["a": 1, "b": 2, "c": 3]
        object["b"] = nil
        object["x"] = nil
        object["c"] = .null
        #expect(object.description == #"{"a":1,"c":null}"#)
        #expect(object["b"] == nil)
        #expect(object["c"] == .some(.null))
    }

    @Test func `removing returns the value once`() {
        var object: JSONObject = ["a": 1, "b": 2]
        #expect(object.removeValue(forKey: "a") == 1)
        #expect(object.removeValue(forKey: "a") == nil)
        #expect(object.count == 1)
        #expect(object["b"] == 2)
    }

    @Test func `an object is a collection of its members`() {
        let object: JSONObject = ["a": 1, "b": 2]
        var seen: [String] = []
        for (key, value) in object { seen.append("\(key)=\(value)") }
        #expect(seen == ["a=1", "b=2"])
        #expect(object.first?.key == "a")
        #expect(object.last?.value == 2)
        #expect(object.map(\.key) == ["a", "b"])
        #expect(JSONObject().isEmpty)
    }

    @Test func `names are compared by their bytes`() {
        var object = JSONObject()
        object["\u{E9}"] = 1
        object["e\u{301}"] = 2
        #expect(object.count == 2)
        #expect(object["\u{E9}"] == 1)
        #expect(object["e\u{301}"] == 2)
    }

    /// Compared with a plain list, at sizes on both sides of the hash table's threshold.
    @Test func `an object behaves the same with and without its hash table`() {
        var random = RepeatableGenerator.announced("JSONObjectTests")
        var object = JSONObject()
        var model: [(String, Int64)] = []
        for round in 0..<20_000 {
            let key = "k\(Int.random(in: 0..<(JSONObject.indexedCountMin * 2), using: &random))"
            let place = model.firstIndex { $0.0 == key }
            #expect(object[key] == place.map { .integer(model[$0].1) })
            if Int.random(in: 0..<100, using: &random) < 45 {
                #expect(object.removeValue(forKey: key) == place.map { .integer(model.remove(at: $0).1) })
            } else {
                let value = Int64(round)
                object[key] = .integer(value)
                if let place { model[place].1 = value } else { model.append((key, value)) }
            }
            if round.isMultiple(of: 100) {
                #expect(object.map(\.key) == model.map(\.0))
                #expect(object.map(\.value) == model.map { .integer($0.1) })
            }
        }
    }

    @Test func `equality and hash values do not depend on the hash table`() {
        var grown = JSONObject()
        for number in 0..<40 { grown["k\(number)"] = .integer(Int64(number)) }
        for number in 5..<40 { grown["k\(number)"] = nil }
        let small: JSONObject = ["k4": 4, "k0": 0, "k3": 3, "k1": 1, "k2": 2]
        #expect(grown == small)
        #expect(small == grown)
        #expect(grown.hashValue == small.hashValue)
    }

    @Test func `copies are independent`() {
        var left: JSONObject = ["a": 1]
        for number in 0..<30 { left["k\(number)"] = 0 }
        var right = left
        right["a"] = 2
        right["new"] = 3
        #expect(left["a"] == 1)
        #expect(left["new"] == nil)
        #expect(right["new"] == 3)
    }

    @Test func `a duplicate key in a literal traps`() async {
        await #expect(processExitsWith: .failure) { _ = ["a": 1, "a": 2] as JSONObject }
    }
}
