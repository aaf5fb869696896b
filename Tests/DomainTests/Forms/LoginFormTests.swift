import JSON
import Testing

@testable import Domain

@Suite struct LoginFormTests {
    private func name(_ members: JSONObject) throws -> LoginForm.Name {
        var body = members
        body["password"] = "x"
        return try LoginForm(.object(body)).name
    }

    @Test func `a user logs in by address or telephone number`() throws {
        #expect(try name(["email": " Ann@example.com "]) == .email("Ann@example.com"))
        #expect(try name(["emailOrPhone": "ann＠example.com\n"]) == .email("ann@example.com"))
        let phone = try #require(PhoneNumber("+84901234567"))
        for text in [
            "+84 90 123 45 67", "+84-90.123.45.67", "(+84) 90/1234567", "＋８４\u{A0}901234567", "+84 90–1234567",
        ] {
            #expect(try name(["emailOrPhone": .string(text)]) == .phone(phone), "\(text)")
        }
    }

    @Test(
        arguments: [
            (["emailOrPhone": "12345"], ["emailOrPhone must be an email or a telephone number"]),
            (["emailOrPhone": "0901x234567"], ["emailOrPhone must be an email or a telephone number"]),
            (["emailOrPhone": "84+901234567"], ["emailOrPhone must be an email or a telephone number"]),
            (["emailOrPhone": ""], ["emailOrPhone must be an email or a telephone number"]),
            (["emailOrPhone": 901_234_567], ["emailOrPhone must be an email or a telephone number"]),
            (["emailOrPhone": nil], ["emailOrPhone must be an email or a telephone number"]),
            (["email": "0901234567"], ["email must be an email"]),
            ([:], ["email must be an email"]),
            (["email": "a@b.co", "emailOrPhone": "a@b.co"], ["either email or emailOrPhone must be given"]),
        ] as [(JSONObject, [String])])
    func `a name that is neither is refused`(_ members: JSONObject, _ faults: [String]) {
        var body = members
        body["password"] = "x"
        #expect(refusal { () throws(Refusal) in try LoginForm(.object(body)) } == .invalid(faults))
    }

    @Test func `a number is found however it was written down, unless two active users have it`() throws {
        var scene = try Scene.furnished()
        func find(_ text: String) throws -> Identifier? {
            scene.desk.user(withPhone: try #require(PhoneNumber(text)))?.id
        }
        try scene.event(.updateUser(1, try UserPatch(["phone": "+84 (90) 123-45-67"]), passwordHash: nil))
        try scene.event(.updateUser(2, try UserPatch(["phone": "０９０\u{A0}１２３４５６７"]), passwordHash: nil))
        #expect(try find("+84901234567") == 1)
        #expect(try find("090.123.4567") == 2)
        for other in ["84901234567", "901234567", "0901234568", "+84 90 123 45 67 8", "234567"] {
            #expect(try find(other) == nil, "\(other)")
        }
        try scene.event(.updateUser(5, try UserPatch(["phone": "0901 234 567"]), passwordHash: nil))
        #expect(try find("0901234567") == nil)
        try scene.event(.updateUser(5, try UserPatch(["active": false]), passwordHash: nil))
        #expect(try find("0901234567") == 2)
    }
}
