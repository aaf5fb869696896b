import Domain
import Testing

@testable import Server

@Suite struct BodyTypeTests {
    private func isAccepted(_ type: String?, _ accepted: BodyType.Accepted) -> Bool {
        do throws(Refusal) {
            try BodyType.check(type.map { Array($0.utf8)[...] }, accepted)
            return true
        } catch {
            #expect(error == .unsupportedMediaType("Content-Type must be application/json"))
            return false
        }
    }

    @Test(arguments: [
        ("application/json", true, true), ("application/json; charset=utf-8", true, true),
        ("application/json;charset=utf-8", true, true), ("Application/JSON", true, true),
        ("application/json , application/json", true, true), (nil, true, false), ("", true, false),
        ("text/plain", true, false), ("text/plain;charset=UTF-8", true, false),
        ("text/plain; application/json", true, false), ("application/merge-patch+json", true, false),
        ("application/vnd.api+json; v=1", true, false), ("application/x-www-form-urlencoded", false, false),
        ("multipart/form-data; boundary=x", false, false), ("application/jsonx", false, false),
        ("text/html", false, false), ("application/octet-stream", false, false), ("json", false, false),
        (";application/json", true, false), ("application/xml", false, false),
    ])
    func `bodies are JSON, and login takes nothing that a page can send unasked`(
        _ type: String?, _ usual: Bool, _ strict: Bool
    ) {
        #expect(isAccepted(type, .usual) == usual)
        #expect(isAccepted(type, .strict) == strict)
    }
}
