import HTTP
import Testing

/// RFC 9110, section 13, and the comparison of tags in section 8.8.3.2.
@Suite struct ConditionalRequestTests {
    private let strong = EntityTag("1")
    private let weak = EntityTag("1", isWeak: true)

    @Test func `weak tags match weakly only`() {
        #expect(!weak.matchesStrongly(weak) && weak.matchesWeakly(weak))
        #expect(
            !weak.matchesStrongly(EntityTag("2", isWeak: true)) && !weak.matchesWeakly(EntityTag("2", isWeak: true)))
        #expect(!weak.matchesStrongly(strong) && weak.matchesWeakly(strong))
        #expect(strong.matchesStrongly(strong) && strong.matchesWeakly(strong))
        #expect(strong.text == "\"1\"" && weak.text == "W/\"1\"")
    }

    @Test(arguments: [
        ("\"1\"", true), ("\"2\"", false), ("W/\"2\"", false), ("*", true), ("\"2\", \"1\"", true),
        ("\"2\",\"1\"", true),
        (", \"1\",,", true), ("\"2\" \"1\"", false), ("1", false), ("", false), ("\"1", false), ("w/\"1\"", false),
        ("W/", false),
        ("W", false), ("\"1\", x", false), ("*, \"1\"", false), ("\"1, 2\"", false), ("\"\\\", \"1\"", true),
        ("\"1\"x", false),
    ]) func `If-Match compares strongly and guards if malformed`(_ value: String, _ holds: Bool) {
        #expect(ConditionalRequest.ifMatch(["If-Match": value], current: strong) == holds)
        #expect(!ConditionalRequest.ifMatch(["If-Match": value], current: nil))
        #expect(!ConditionalRequest.ifMatch(["If-Match": value], current: weak) || value == "*")
    }

    @Test(arguments: [
        ("W/\"t5.u2\"", true), ("\"t5.u2-gzip\"", true), ("W/\"t5.u2-gzip\"", true), ("\"t5.u2--gzip\"", true),
        ("\"t5.u2;gzip\"", true), ("\"t5.u2-br\"", true), ("\"t5.u2-zstd\"", true), ("\"t5.u2-deflate\"", true),
        ("\"t5.u2gzip\"", false), ("\"t5.u2-\"", false), ("\"t5.u2-gzip-gzip\"", false), ("\"t5.u2.s1\"", false),
        ("\"t5.u\"", false), ("\"t5.u2-x\"", false), ("W/\"t5.u3\"", false), ("\"t5.u3-gzip\"", false),
    ]) func `a tag matches as a proxy that compresses has changed it`(_ value: String, _ matches: Bool) {
        let current = EntityTag("t5.u2")
        #expect(ConditionalRequest.ifMatch(["If-Match": value], current: current) == matches)
        #expect(ConditionalRequest.ifNoneMatch(["If-None-Match": value], current: current) == !matches)
        #expect(!ConditionalRequest.ifMatch(["If-Match": value], current: EntityTag("t5.u2", isWeak: true)))
    }

    @Test(arguments: [
        ("\"1\"", false), ("W/\"1\"", false), ("\"2\"", true), ("*", false), ("\"2\", W/\"1\"", false), ("1", true),
        ("", true),
    ]) func `If-None-Match compares weakly and holds if malformed`(_ value: String, _ holds: Bool) {
        #expect(ConditionalRequest.ifNoneMatch(["If-None-Match": value], current: strong) == holds)
        #expect(ConditionalRequest.ifNoneMatch(["If-None-Match": value], current: weak) == holds)
        #expect(ConditionalRequest.ifNoneMatch(["If-None-Match": value], current: nil))
    }

    @Test func `several lines are one list`() {
        #expect(ConditionalRequest.ifMatch(["If-Match": "\"2\"", "if-match": "\"1\""], current: strong))
    }

    @Test func `the outcome depends on both fields and the method`() {
        let same: HTTPFields = ["If-None-Match": "\"1\""]
        #expect(ConditionalRequest.evaluate([:], method: .get, current: strong) == .proceed)
        #expect(ConditionalRequest.evaluate(same, method: .get, current: strong) == .notModified)
        #expect(ConditionalRequest.evaluate(same, method: .head, current: strong) == .notModified)
        #expect(ConditionalRequest.evaluate(same, method: .put, current: strong) == .preconditionFailed)
        #expect(ConditionalRequest.evaluate(["If-None-Match": "*"], method: .post, current: nil) == .proceed)
        #expect(
            ConditionalRequest.evaluate(["If-Match": "\"2\""], method: .patch, current: strong) == .preconditionFailed)
        #expect(
            ConditionalRequest.evaluate(["If-Match": "\"2\"", "If-None-Match": "\"1\""], method: .get, current: strong)
                == .preconditionFailed)
        #expect(ConditionalRequest.evaluate(["If-Match": "\"1\""], method: .delete, current: strong) == .proceed)
    }
}
