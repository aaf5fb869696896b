import Testing

@testable import Server

@Suite struct ResumeOffsetTests {
    @Test func `an offset belongs to one user`() {
        let text = String(decoding: ResumeOffset.text(id: Array("e1-42".utf8), user: 7), as: UTF8.self)
        #expect(text == "e1-42.7")
        #expect(ResumeOffset(text, user: 7)?.id.text == "e1-42")
        #expect(ResumeOffset(text, user: 77) == nil)
        #expect(ResumeOffset(text, user: 1) == nil)
    }

    @Test(arguments: ["", ".", "e1-42", "e1-42.", ".7", "e1.7", "e1-42.7.", "e1-42.+7", "e1-42.18446744073709551616"])
    func `malformed text is not an offset`(text: String) {
        #expect(ResumeOffset(text, user: 7) == nil)
    }
}
