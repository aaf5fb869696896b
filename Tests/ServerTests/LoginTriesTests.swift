import Bytes
import Testing

@testable import Server

@Suite struct LoginTriesTests {
    private var limits: Limits {
        var limits = Limits()
        limits.loginTriesPerAccountMax = 3
        limits.loginTriesPerAddressMax = 5
        limits.loginTriesWindowMillis = 60_000
        return limits
    }

    private func time(_ seconds: Int64) -> MonotonicTime { MonotonicTime(milliseconds: seconds * 1000) }

    @Test func limitsFailuresOfAnAccountFromAnywhere() {
        var tries = LoginTries()
        for site in 1...3 {
            let result1 = tries.wait(account: "a", site: UInt64(site), limits: limits, now: time(1))
            #expect(result1 == nil)
            tries.noteFailure(account: "a", site: UInt64(site), limits: limits, now: time(1))
        }
        let result2 = tries.wait(account: "a", site: 9, limits: limits, now: time(11))
        #expect(result2 == 50_000)
        let result3 = tries.wait(account: "b", site: 9, limits: limits, now: time(11))
        #expect(result3 == nil)
    }

    @Test func limitsFailuresOfAnAddressAtAnyAccounts() {
        var tries = LoginTries()
        for number in 0..<5 { tries.noteFailure(account: "a\(number)", site: 1, limits: limits, now: time(1)) }
        let result4 = tries.wait(account: "new", site: 1, limits: limits, now: time(2))
        #expect(result4 == 59_000)
        let result5 = tries.wait(account: "new", site: 2, limits: limits, now: time(2))
        #expect(result5 == nil)
    }

    @Test func forgetsFailuresThatAreOutOfTheWindow() {
        var tries = LoginTries()
        for second in 1...3 { tries.noteFailure(account: "a", site: 1, limits: limits, now: time(Int64(second))) }
        let result6 = tries.wait(account: "a", site: 1, limits: limits, now: time(60))
        #expect(result6 == 1000)
        let result7 = tries.wait(account: "a", site: 1, limits: limits, now: time(61))
        #expect(result7 == nil)
    }

    @Test func aSuccessClearsTheAccountButNotTheAddress() {
        var tries = LoginTries()
        for _ in 0..<5 { tries.noteFailure(account: "a", site: 1, limits: limits, now: time(1)) }
        tries.noteSuccess(account: "a")
        let result8 = tries.wait(account: "a", site: 2, limits: limits, now: time(1))
        #expect(result8 == nil)
        let result9 = tries.wait(account: "a", site: 1, limits: limits, now: time(1))
        #expect(result9 != nil)
    }
}
