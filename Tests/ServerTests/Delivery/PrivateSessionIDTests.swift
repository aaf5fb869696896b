import Gateway
import Testing

@testable import Server

@Suite struct PrivateSessionIDTests {
    private static let socketID = "AAECAwQFBgcICQoLDA0-"
    private let secret = [UInt8](repeating: 7, count: 32)

    @Test func `a private session id holds for its user, epoch and secret alone`() throws {
        let socketID = try #require(RandomName(Self.socketID))
        let text = PrivateSessionID(socketID: socketID, start: 42).text(user: 3, epoch: "e1", secret: secret)
        let name = PrivateSessionID(text, user: 3, epoch: "e1", secret: secret)
        #expect(name?.socketID.description == Self.socketID && name?.start == 42)
        #expect(PrivateSessionID(text, user: 4, epoch: "e1", secret: secret) == nil)
        #expect(PrivateSessionID(text, user: 3, epoch: "e2", secret: secret) == nil)
        #expect(PrivateSessionID(text, user: 3, epoch: "e1", secret: secret + [1]) == nil)
    }

    @Test func `a changed private session id is refused`() throws {
        let socketID = try #require(RandomName(Self.socketID))
        let text = PrivateSessionID(socketID: socketID, start: 42).text(user: 3, epoch: "e1", secret: secret)
        for place in text.indices {
            var changed = text
            changed.replaceSubrange(place...place, with: text[place] == "x" ? "y" : "x")
            #expect(PrivateSessionID(changed, user: 3, epoch: "e1", secret: secret) == nil, "\(changed)")
        }
        for other in ["", ".", "..", "...", "abc.42.", "abc.-1.x", text + ".", String(repeating: "a", count: 9999)] {
            #expect(PrivateSessionID(other, user: 3, epoch: "e1", secret: secret) == nil, "\(other)")
        }
    }
}
