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
}
