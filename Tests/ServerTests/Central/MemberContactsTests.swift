import Bytes
import Testing

@testable import Server

@Suite struct MemberContactsTests {
    private func moment(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(milliseconds: milliseconds)
    }

    @Test func `a request that says nothing about the clock keeps what is known`() {
        let contacts = MemberContacts()
        let (first, second) = (Timestamp(milliseconds: 1_000), Timestamp(milliseconds: 2_000))
        contacts.note(contactOf: 7, at: first, offsetSeconds: nil)
        #expect(contacts.contact(of: 7) == MemberContacts.Contact(at: first, offsetSeconds: nil))
        contacts.note(contactOf: 7, at: first, offsetSeconds: -9)
        contacts.note(contactOf: 7, at: second, offsetSeconds: nil)
        #expect(contacts.contact(of: 7) == MemberContacts.Contact(at: second, offsetSeconds: -9))
        contacts.note(contactOf: 7, at: second, offsetSeconds: 0)
        #expect(contacts.clockOffsetSeconds(of: 7) == 0 && contacts.contact(of: 8) == nil)
    }

    @Test func `a clock is marked at most once a minute`() {
        let contacts = MemberContacts()
        #expect(contacts.mayMarkClock(of: 7, now: moment(5)))
        contacts.noteClockMark(of: 7, now: moment(5))
        #expect(!contacts.mayMarkClock(of: 7, now: moment(60_004)))
        #expect(contacts.mayMarkClock(of: 8, now: moment(6)))
        #expect(contacts.mayMarkClock(of: 7, now: moment(60_005)))
    }
}
