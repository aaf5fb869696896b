import Bytes
import Platform
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

    @Test func `failures of an account are limited at each address by itself`() {
        var tries = LoginAttempts()
        for _ in 0..<3 { tries.noteFailure(account: "a", site: 1, limits: limits, now: time(1)) }
        let waitHere = tries.wait(account: "a", site: 1, limits: limits, now: time(11))
        #expect(waitHere == 50_000)
        let waitElsewhere = tries.wait(account: "a", site: 2, limits: limits, now: time(11))
        #expect(waitElsewhere == nil)
        let waitOfOther = tries.wait(account: "b", site: 1, limits: limits, now: time(11))
        #expect(waitOfOther == nil)
    }

    @Test func `an account under attack is slow for strangers and as ever for those who were there before`() {
        var tries = LoginAttempts()
        tries.noteSuccess(account: "a", site: 99, now: time(0))
        for site in (1...12 as ClosedRange<UInt64>).map({ Site($0) }) {
            let wait = tries.wait(account: "a", site: site, limits: limits, now: time(1))
            #expect(wait == nil)
            tries.noteFailure(account: "a", site: site, limits: limits, now: time(1))
        }
        // A twelfth of the window for each further attempt, from wherever.
        let waitOfStranger = tries.wait(account: "a", site: 50, limits: limits, now: time(2))
        #expect(waitOfStranger == 4_000)
        let waitLater = tries.wait(account: "a", site: 50, limits: limits, now: time(6))
        #expect(waitLater == nil)
        let waitOfOwner = tries.wait(account: "a", site: 99, limits: limits, now: time(2))
        #expect(waitOfOwner == nil)
        // An attack from thousands of addresses forgets nobody who has signed in.
        for site in (1000..<20_000 as Range<UInt64>).map({ Site($0) }) {
            tries.noteFailure(account: "a", site: site, limits: limits, now: time(3))
        }
        let waitStill = tries.wait(account: "a", site: 99, limits: limits, now: time(3))
        #expect(waitStill == nil)
    }

    @Test func `unlocking forgets the failures of an account`() {
        var tries = LoginAttempts()
        for _ in 0..<5 { tries.noteFailure(account: "a", site: 1, limits: limits, now: time(1)) }
        for _ in 0..<3 { tries.noteFailure(account: "b", site: 2, limits: limits, now: time(1)) }
        tries.unlock(account: "a")
        let waitOfUnlocked = tries.wait(account: "a", site: 1, limits: limits, now: time(1))
        #expect(waitOfUnlocked == nil)
        let waitOfOther = tries.wait(account: "b", site: 2, limits: limits, now: time(1))
        #expect(waitOfOther != nil)
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
        tries.noteSuccess(account: "a", site: 1, now: time(1))
        let waitElsewhere = tries.wait(account: "a", site: 2, limits: limits, now: time(1))
        #expect(waitElsewhere == nil)
        let waitHere = tries.wait(account: "a", site: 1, limits: limits, now: time(1))
        #expect(waitHere != nil)
    }
}
