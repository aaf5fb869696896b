import Bytes
import Testing

@testable import Server

@Suite struct LoginAttemptsTests {
    private var limits: Limits {
        var limits = Limits()
        limits.loginTriesPerAccountMax = 3
        limits.loginTriesPerAddressMax = 5
        limits.loginTriesWindowMillis = 60_000
        return limits
    }

    private func time(_ seconds: Int64) -> MonotonicTime { MonotonicTime(milliseconds: seconds * 1000) }

    @Test func `failures of an account are limited, wherever they come from`() {
        var tries = LoginAttempts()
        for site in 1...3 {
            let wait = tries.wait(account: "a", site: UInt64(site), limits: limits, now: time(1))
            #expect(wait == nil)
            tries.noteFailure(account: "a", site: UInt64(site), limits: limits, now: time(1))
        }
        let waitOfAccount = tries.wait(account: "a", site: 9, limits: limits, now: time(11))
        #expect(waitOfAccount == 50_000)
        let waitOfOther = tries.wait(account: "b", site: 9, limits: limits, now: time(11))
        #expect(waitOfOther == nil)
    }

    @Test func `failures from an address are limited, whatever the account`() {
        var tries = LoginAttempts()
        for number in 0..<5 { tries.noteFailure(account: "a\(number)", site: 1, limits: limits, now: time(1)) }
        let waitAtAddress = tries.wait(account: "new", site: 1, limits: limits, now: time(2))
        #expect(waitAtAddress == 59_000)
        let waitElsewhere = tries.wait(account: "new", site: 2, limits: limits, now: time(2))
        #expect(waitElsewhere == nil)
    }

    @Test func `failures outside the window are forgotten`() {
        var tries = LoginAttempts()
        for second in 1...3 { tries.noteFailure(account: "a", site: 1, limits: limits, now: time(Int64(second))) }
        let waitWithin = tries.wait(account: "a", site: 1, limits: limits, now: time(60))
        #expect(waitWithin == 1000)
        let waitAfter = tries.wait(account: "a", site: 1, limits: limits, now: time(61))
        #expect(waitAfter == nil)
    }

    @Test func `a success clears the account but not the address`() {
        var tries = LoginAttempts()
        for _ in 0..<5 { tries.noteFailure(account: "a", site: 1, limits: limits, now: time(1)) }
        tries.noteSuccess(account: "a")
        let waitElsewhere = tries.wait(account: "a", site: 2, limits: limits, now: time(1))
        #expect(waitElsewhere == nil)
        let waitHere = tries.wait(account: "a", site: 1, limits: limits, now: time(1))
        #expect(waitHere != nil)
    }
}
