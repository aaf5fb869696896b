import HTTP
import Testing

@Suite struct HTTPFieldsTests {
    @Test func `names are case-insensitive`() {
        let fields: HTTPFields = ["Content-Type": "a", "X": "b"]
        #expect(fields["content-type"] == "a" && fields["CONTENT-TYPE"] == "a")
        #expect(fields["content-typ"] == nil && fields["content_type"] == nil && fields[""] == nil)
        #expect(fields.contains("x") && !fields.contains("y"))
    }

    @Test func `lines keep their order`() {
        var fields: HTTPFields = ["A": "1", "B": "2", "a": "3"]
        #expect(fields.map { "\($0.name)=\($0.value)" } == ["A=1", "B=2", "a=3"])
        #expect(fields["a"] == "1" && fields.values("A") == ["1", "3"] && fields.joined("a") == "1, 3")
        fields.set("A", "4")
        #expect(fields.map { "\($0.name)=\($0.value)" } == ["B=2", "A=4"])
        fields["b"] = nil
        #expect(fields.count == 1 && !fields.isEmpty && fields.joined("b") == nil)
    }

    @Test func `fields are equal if their lines are`() {
        let fields: HTTPFields = ["A": "1", "B": "2"]
        var other: HTTPFields = ["X": "0", "a": "1", "b": "2"]
        other.remove("x")
        #expect(fields == other)
        #expect(fields != ["B": "2", "A": "1"] && fields != ["A": "1"] && fields != ["A": "1", "B": "3"])
    }

    @Test func `lists are split at commas outside quoted strings`() {
        let fields: HTTPFields = ["L": " a ,, b;q=\"c,\\\"d\" ,", "l": "e", "M": "\"open, \\", "N": ""]
        #expect(fields.elements("L") == ["a", "b;q=\"c,\\\"d\"", "e"])
        #expect(fields.elements("M") == ["\"open, \\"])
        #expect(fields.elements("N") == [] && fields.elements("O") == [])
    }

    @Test func `tokens are found in lists`() {
        let fields: HTTPFields = ["Connection": "keep-alive, Upgrade"]
        #expect(fields.contains(token: "upgrade", in: "connection"))
        #expect(!fields.contains(token: "grade", in: "connection") && !fields.contains(token: "", in: "connection"))
    }

    @Test func `tokens have no spaces and only ASCII`() {
        #expect(
            HTTPToken.isValid("a-Z_09~") && !HTTPToken.isValid("") && !HTTPToken.isValid("a b")
                && !HTTPToken.isValid("\u{E9}"))
    }
}
