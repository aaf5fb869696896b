import Bytes
import Testing

@testable import DNS

@Suite struct ResolvedNamesTests {
    private func time(_ seconds: Double) -> MonotonicTime { MonotonicTime(milliseconds: Int64(seconds * 1000)) }

    private func resolved(_ number: UInt32 = 1, seconds: Int?) -> ResolvedAddresses {
        ResolvedAddresses([.ipv4(0xC000_0200 | number)], timeToLiveSeconds: seconds)
    }

    @Test(arguments: [(0, 5), (5, 5), (6, 6), (3600, 3600), (604_800, 3600)])
    func `times to live have a floor and a ceiling`(life: Int, kept: Int) {
        var names = ResolvedNames()
        names.insert(resolved(seconds: life), for: "a", now: time(10))
        #expect(names.outcome(of: "a", now: time(10 + Double(kept) - 0.001)) == .success([.ipv4(0xC000_0201)]))
        #expect(names.outcome(of: "a", now: time(10 + Double(kept))) == nil)
    }

    @Test func `the case of a name does not count`() {
        var names = ResolvedNames()
        names.insert(resolved(seconds: 60), for: "Central", now: time(0))
        #expect(names.outcome(of: "cENTRAL", now: time(1)) != nil)
        #expect(names.outcome(of: "central.", now: time(1)) == nil)
    }

    @Test func `addresses that came from no server are not kept`() {
        var names = ResolvedNames()
        names.insert(resolved(seconds: nil), for: "localhost", now: time(0))
        #expect(names.outcome(of: "localhost", now: time(0)) == nil)
    }

    @Test func `a negative answer is kept briefly and a failure not at all`() {
        var names = ResolvedNames()
        let nonexistent = NameResolutionFault.nonexistent("a", asked: [])
        names.insert(nonexistent, for: "a", now: time(0))
        names.insert(.noAddress("b", asked: []), for: "b", now: time(0))
        names.insert(.unanswered("c", [], seconds: 10), for: "c", now: time(0))
        names.insert(.invalidName("d_", .invalidCharacter), for: "d_", now: time(0))
        #expect(names.outcome(of: "a", now: time(29.999)) == .failure(nonexistent))
        #expect(names.outcome(of: "b", now: time(29.999)) != nil)
        #expect(names.outcome(of: "a", now: time(30)) == nil)
        #expect(names.outcome(of: "c", now: time(0)) == nil && names.outcome(of: "d_", now: time(0)) == nil)
    }

    @Test func `the latest outcome counts`() {
        var names = ResolvedNames()
        names.insert(.nonexistent("a", asked: []), for: "a", now: time(0))
        names.insert(resolved(7, seconds: 100), for: "A", now: time(1))
        #expect(names.outcome(of: "a", now: time(2)) == .success([.ipv4(0xC000_0207)]))
        names.remove("a")
        #expect(names.outcome(of: "a", now: time(2)) == nil)
    }

    @Test func `the entry that expires first makes room`() {
        var names = ResolvedNames()
        for number in 0...ResolvedNames.namesMax {
            names.insert(resolved(seconds: number == 3 ? 50 : 100 + number), for: "\(number)", now: time(0))
        }
        let kept = (0...ResolvedNames.namesMax).filter { names.outcome(of: "\($0)", now: time(1)) != nil }
        #expect(kept == Array(0...ResolvedNames.namesMax).filter { $0 != 3 })
    }
}
