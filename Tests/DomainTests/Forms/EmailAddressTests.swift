import JSON
import Testing

@testable import Domain

@Suite struct EmailAddressTests {
    @Test(arguments: [
        "a@b.co", "driver@example.com", "first.last+tag@sub.example.org", "o'neil@example.ie", "x_y-z@a-b.museum",
        "1@2.net", "a@xn--bcher-kva.xn--p1ai",
    ])
    func `a valid address is accepted`(_ address: String) { #expect(EmailAddress.isValid(address)) }

    @Test(arguments: [
        "", "@", "a", "a@", "@b.co", "a@b", "a@b.c", "a@b..co", "a@.co", "a@b.co.", ".a@b.co", "a.@b.co", "a..b@c.co",
        "a b@c.co", "a@b c.co", "a@-b.co", "a@b-.co", "a@b.12", "a@@b.co", "a@b@c.co", "ä@b.co", "a@b.cö", "a@b_c.co",
        "\"a\"@b.co", "a@[1.2.3.4]", "a@b.co\n",
        String(repeating: "a", count: 65) + "@b.co", "a@" + String(repeating: "b", count: 64) + ".co",
        "a@" + String(repeating: "b.", count: 130) + "co",
    ])
    func `a malformed address is refused`(_ address: String) { #expect(!EmailAddress.isValid(address)) }

    @Test(arguments: [
        ("admin@example.com ", "admin@example.com"), ("\u{A0}a@b.co\u{FEFF}\n", "a@b.co"),
        ("ａ．ｂ＠ｅｘａｍｐｌｅ。ｃｏｍ", "a.b@example.com"), ("A@B.co", "A@B.co"), ("\u{3000}", ""), ("", ""),
        ("a b@c.co", "a b@c.co"), ("\u{200B}a@b.co\u{200B}", "a@b.co"),
    ])
    func `an address is read as it was meant`(_ text: String, _ address: String) {
        #expect(EmailAddress.trimmed(text) == address)
    }

    @Test func `new addresses are stored in lower case, without what is around them`() throws {
        let body: JSONValue = ["username": "x", "email": " Ann＠Example.COM\u{A0}", "password": "12345678"]
        #expect(try UserDraft(body).email == "ann@example.com")
        #expect(try UserPatch(["email": "Ann@example.com "]).email == .set("ann@example.com"))
        for wrong in ["a b@c.co", " ", "a@b"] {
            let patch: JSONValue = ["email": .string(wrong)]
            #expect(
                refusal { () throws(Refusal) in try UserPatch(patch) } == .invalid(["email must be an email"]),
                "\(wrong)")
        }
    }
}
