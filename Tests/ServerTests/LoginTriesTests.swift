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
            #expect(tries.wait(account: "a", site: UInt64(site), limits: limits, now: time(1)) == nil)
            tries.noteFailure(account: "a", site: UInt64(site), limits: limits, now: time(1))
        }
        #expect(tries.wait(account: "a", site: 9, limits: limits, now: time(11)) == 50_000)
        #expect(tries.wait(account: "b", site: 9, limits: limits, now: time(11)) == nil)
    }

    @Test func limitsFailuresOfAnAddressAtAnyAccounts() {
        var tries = LoginTries()
        for number in 0..<5 { tries.noteFailure(account: "a\(number)", site: 1, limits: limits, now: time(1)) }
        #expect(tries.wait(account: "new", site: 1, limits: limits, now: time(2)) == 59_000)
        #expect(tries.wait(account: "new", site: 2, limits: limits, now: time(2)) == nil)
    }

    @Test func forgetsFailuresThatAreOutOfTheWindow() {
        var tries = LoginTries()
        for second in 1...3 { tries.noteFailure(account: "a", site: 1, limits: limits, now: time(Int64(second))) }
        #expect(tries.wait(account: "a", site: 1, limits: limits, now: time(60)) == 1000)
        #expect(tries.wait(account: "a", site: 1, limits: limits, now: time(61)) == nil)
    }

    @Test func aSuccessClearsTheAccountButNotTheAddress() {
        var tries = LoginTries()
        for _ in 0..<5 { tries.noteFailure(account: "a", site: 1, limits: limits, now: time(1)) }
        tries.noteSuccess(account: "a")
        #expect(tries.wait(account: "a", site: 2, limits: limits, now: time(1)) == nil)
        #expect(tries.wait(account: "a", site: 1, limits: limits, now: time(1)) != nil)
    }
}
