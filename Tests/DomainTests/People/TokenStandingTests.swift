import Bytes
import JSON
import Testing

@testable import Domain

/// Which tokens of a user are good.
@Suite struct TokenStandingTests {
    private func accepts(_ scene: Scene, generation: Int64? = nil, issuedAt: Int64 = 0, mark: UInt64 = 1) -> Bool {
        let token = TokenStanding(generation: generation, issuedAt: issuedAt, mark: mark)
        return refusal { () throws(Refusal) in try scene.desk.authenticated(1, token) } == nil
    }

    private func patch(_ id: Identifier, _ body: JSONValue) throws(Refusal) -> Command {
        .updateUser(id, try UserPatch(body), passwordHash: nil)
    }

    /// Every way in which all tokens of user 1 end.
    private static let endings: [(String, @Sendable (inout Scene) throws -> Void)] = [
        ("a new password", { try $0.event(.changePassword(passwordHash: "new"), by: Scene.driver) }),
        ("a reset", { try $0.event(.updateUser(1, UserPatch(), passwordHash: "reset")) }),
        ("signing out everywhere", { try $0.event(.endTokens(of: 1, nil), by: Scene.driver) }),
        ("an operator's sign-out", { try $0.event(.endTokens(of: 1, nil)) }),
        (
            "a deactivation",
            {
                try $0.event(.updateUser(1, try UserPatch(["active": false]), passwordHash: nil))
                try $0.event(.updateUser(1, try UserPatch(["active": true]), passwordHash: nil))
            }
        ),
    ]

    @Test(arguments: endings.indices, [0, -10_000_000])
    func `what ends a user's tokens ends each, whatever the clock says`(_ index: Int, clock: Int64) throws {
        var scene = try Scene.furnished()
        let (second, generation) = (scene.now.seconds, try #require(scene.desk.user(1)).tokenGeneration)
        #expect(accepts(scene, generation: generation, issuedAt: second) && accepts(scene, issuedAt: second))
        // Without a battery a clock may have gone back since the tokens were made.
        scene.now = Timestamp(milliseconds: scene.now.milliseconds + clock)
        for _ in 0..<2 {
            try Self.endings[index].1(&scene)
            let user = try #require(scene.desk.user(1))
            #expect(!accepts(scene, generation: user.tokenGeneration - 1, issuedAt: second))
            #expect(!accepts(scene, generation: generation, issuedAt: 1 << 40))
            // One made in the same second is told apart.
            #expect(accepts(scene, generation: user.tokenGeneration, issuedAt: scene.now.seconds))
        }
        // Another service's tokens lack the generation, and go by time.
        #expect(!accepts(scene, issuedAt: scene.now.seconds) && accepts(scene, issuedAt: scene.now.seconds + 1))
        let stored = try #require(scene.desk.user(1))
        var document = JSONObject()
        stored.write(into: &document)
        document.append("sequence", .integer(Int64(stored.sequence)))
        #expect(try User(try MemberReader(.object(document)), id: 1) == stored)
    }

    @Test func `one token ends alone and the list of ended ones is bounded`() throws {
        var scene = try Scene.furnished()
        let second = scene.now.seconds
        func end(_ mark: UInt64, until: Int64) throws {
            try scene.event(.endTokens(of: 1, EndedToken(mark: mark, until: until)), by: Scene.driver)
        }
        try end(7, until: second + 3600)
        try end(7, until: second + 3600)
        #expect(!accepts(scene, generation: 0, mark: 7) && accepts(scene, generation: 0, mark: 8))
        #expect(!accepts(scene, issuedAt: second, mark: 7))
        #expect(scene.desk.user(1)?.endedTokens.count == 1)
        // Those that have expired are forgotten.
        scene.wait(milliseconds: 3_600_000)
        try end(9, until: second + 7200)
        #expect(scene.desk.user(1)?.endedTokens.map(\.mark) == [9])
        // Beyond the bound all end, so that none comes back.
        for mark in 100..<200 as Range<UInt64> { try end(mark, until: second + 7200) }
        let user = try #require(scene.desk.user(1))
        #expect(user.endedTokens.count <= 32 && user.tokenGeneration >= 1)
        for mark in 100..<168 as Range<UInt64> { #expect(!accepts(scene, generation: 0, mark: mark)) }
        #expect(scene.refusal(of: .endTokens(of: 2, nil), by: Scene.driver)?.statusCode == 403)
        #expect(scene.refusal(of: .endTokens(of: 99, nil), by: .operator)?.statusCode == 404)
    }
}
