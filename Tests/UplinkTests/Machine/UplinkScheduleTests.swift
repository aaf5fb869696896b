import Bytes
import Generators
import Testing
import Uplink

/// Several servers with one schedule, by numbers: what is tried when.
@Suite struct UplinkScheduleTests {
    /// A schedule with its clock.
    private struct Trial {
        var schedule: UplinkSchedule
        var now = MonotonicTime(milliseconds: 1_000_000)
        var generator = RepeatableGenerator(seed: 7)

        init(_ count: Int) { schedule = UplinkSchedule(configuredCount: count, now: now) }

        /// Whether an attempt is due; if so, the server.
        mutating func begin() -> Int? {
            guard let next = schedule.next, next <= now else { return nil }
            schedule.begin(now: now)
            return schedule.server
        }

        mutating func fail(_ remedy: UplinkFault.Remedy = .backOff, wasUseful: Bool = false) {
            schedule.failed(remedy, wasUseful: wasUseful, using: &generator, now: now)
        }

        mutating func pass(_ millis: Int64) { now = now.advanced(byMilliseconds: millis) }
    }

    @Test func `when one server fails, the next is tried at once, and each once`() {
        var trial = Trial(3)
        var tried: [Int] = []
        while let server = trial.begin(), tried.count < 10 {
            tried.append(server)
            trial.fail()
        }
        // A wait may be zero by chance, but not before the others were tried.
        #expect(tried.prefix(3) == [0, 1, 2])
        #expect(tried.count < 10)
    }

    @Test func `a server that dies after a long time is followed by another at once`() {
        var trial = Trial(2)
        #expect(trial.begin() == 0)
        trial.fail()
        #expect(trial.begin() == 1)
        trial.schedule.succeeded()
        trial.pass(86_400_000)
        trial.fail(wasUseful: true)
        #expect(trial.begin() == 0)
        trial.schedule.succeeded()
        trial.pass(86_400_000)
        trial.fail(wasUseful: true)
        #expect(trial.begin() == 1)
    }

    @Test func `a connection that served and ended in peace stays with its server`() {
        var trial = Trial(2)
        #expect(trial.begin() == 0)
        trial.schedule.succeeded()
        for _ in 0..<5 {
            trial.fail(.waitSeconds(0), wasUseful: true)
            #expect(trial.begin() == 0)
        }
        trial.fail(.waitSeconds(0), wasUseful: false)
        #expect(trial.begin() == 1)
    }

    @Test func `each server waits as long as it asked for, and the others do not`() {
        var trial = Trial(2)
        #expect(trial.begin() == 0)
        trial.fail(.waitSeconds(100))
        #expect(trial.begin() == 1)
        trial.fail(.intervention)
        #expect(trial.begin() == nil)
        trial.pass(99_999)
        #expect(trial.begin() == nil)
        trial.pass(50_001)
        // The first one's wait has at most half as much again; the other one's has at least 150 s.
        #expect(trial.begin() == 0)
        trial.fail(.waitSeconds(100_000_000))
        trial.pass(150_000)
        #expect(trial.begin() == 1)
        trial.fail(.waitSeconds(.max))
        #expect(trial.begin() == nil)
        trial.pass(86_399_000 - 150_000)
        #expect(trial.begin() == nil)
        trial.pass(86_400_000)
        #expect(trial.begin() != nil)
    }

    @Test func `a server that removed the station ends all attempts until an operator acts`() {
        var trial = Trial(3)
        #expect(trial.begin() == 0)
        trial.fail()
        #expect(trial.begin() == 1)
        trial.fail(.stop)
        trial.pass(86_400_000)
        #expect(trial.schedule.next == nil)
        trial.schedule.learn(3, now: trial.now)
        #expect(trial.schedule.next == nil)
        trial.schedule.tryNow(trial.now)
        #expect(trial.begin() == 2)
    }

    @Test func `learned servers are tried when no configured one is due`() {
        var trial = Trial(2)
        #expect(trial.begin() == 0)
        trial.schedule.learn(2, now: trial.now)
        trial.schedule.learn(3, now: trial.now)
        trial.fail(.intervention)
        #expect(trial.begin() == 1)
        trial.fail(.intervention)
        #expect(trial.begin() == 2)
        trial.fail(.intervention)
        #expect(trial.begin() == 3)
        trial.schedule.succeeded()
        trial.pass(1_000_000)
        trial.fail()
        #expect([0, 1].contains(trial.begin()))
        // A new server in a learned one's place is due at once.
        trial = Trial(1)
        trial.schedule.learn(1, now: trial.now)
        #expect(trial.begin() == 0)
        trial.fail(.intervention)
        #expect(trial.begin() == 1)
        trial.fail(.intervention)
        #expect(trial.begin() == nil)
        trial.schedule.learn(1, now: trial.now)
        #expect(trial.begin() == 1)
    }

    @Test func `however many servers fail, the attempts become rare`() {
        var trial = Trial(3)
        var attempts = 0
        for _ in 0..<86_400 {
            while trial.begin() != nil, attempts < 100_000 {
                attempts += 1
                trial.fail()
            }
            trial.pass(1_000)
        }
        // Each server is tried every 150 seconds on average.
        #expect((1_500...2_000).contains(attempts), "\(attempts)")
    }
}
