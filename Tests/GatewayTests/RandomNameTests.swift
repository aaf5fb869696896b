import Testing

@testable import Gateway

@Suite struct RandomNameTests {
    @Test func `a name can be written and read back`() throws {
        var random: any RandomNumberGenerator = SystemRandomNumberGenerator()
        var seen: Set<String> = []
        for _ in 0..<200 {
            let name = RandomName(using: &random)
            let text = name.description
            #expect(text.utf8.count == 20 && RandomName(text) == name)
            #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
            seen.insert(text)
        }
        #expect(seen.count == 200)
        #expect(RandomName("AAECAwQFBgcICQoLDA0-")?.description == "AAECAwQFBgcICQoLDA0-")
    }

    @Test func `any other text is not a name`() {
        for text in [
            "", "AAECAwQFBgcICQoLDA0", "AAECAwQFBgcICQoLDA0--", "AAECAwQFBgcICQoLDA0+", "AAECAwQFBgcICQoLDA0=",
        ] {
            #expect(RandomName(text) == nil, "\(text)")
        }
    }
}
