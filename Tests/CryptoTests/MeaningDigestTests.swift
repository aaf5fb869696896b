import Crypto
import JSON
import Testing

@Suite struct MeaningDigestTests {
    private func digest(_ text: String) throws -> String { MeaningDigest.text(of: try JSONParser.parse(text)) }

    @Test(arguments: [
        (#"{"a":1,"b":"é"}"#, #" { "b" : "\u00e9" , "a" : 1.0 } "#), ("[1]", "[10e-1]"), ("[0]", "[-0]"),
        ("[0]", "[-0.0]"),
        ("[18446744073709549568]", "[1.8446744073709549568e19]"), (#"{"a":{"y":1,"x":2}}"#, #"{"a":{"x":2,"y":1}}"#),
        (#"{"a":1,"password":"x"}"#, #"{"a":1,"new_password":"y"}"#), ("[0.5]", "[5e-1]"), (#"["\/"]"#, #"["/"]"#),
    ])
    func `texts with equal values have the same digest`(one: String, other: String) throws {
        #expect(try digest(one) == digest(other))
    }

    @Test func `other values have another digest`() throws {
        let texts = [
            "null", "{}", "[]", "0", "1", "-1", #""1""#, "true", "false", "[1,2]", "[2,1]", #"{"a":1}"#, #"{"a":null}"#,
            #"{"b":1}"#, #"{"a":"1"}"#, "0.1", "9223372036854775807", "9223372036854775808", "1e19", "1e300", #""""#,
            #""é""#, #""e\u0301""#, #"{"password_hash":1}"#,
        ]
        #expect(Set(try texts.map(digest)).count == texts.count)
        #expect(try digest("{}").hasPrefix("v2-"))
    }
}
