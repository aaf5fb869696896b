import Bytes
import JSON
import Server

/// One day of a station, cut short at each call that it makes on disk and network, by a kill and by a power cut, and
/// cut short again in the start that follows.
public struct EveryCall {
    /// The number of calls that the day has.
    public let callCount: Int
    /// The promise that the day breaks even if it is not cut short, if any.
    public let baseFailure: Failure?
    private let plan: Plan

    /// Plans the day of a seed, without other faults, and runs it once to count its calls.
    public init(seed: UInt64) {
        var plan = Plan(seed: seed)
        plan.shape.faults = []
        plan.shape.hasCentral = false
        plan.shape.isJournalSmall = false
        plan.shape.descriptorsMax = 1_000
        plan.shape.childDeathPercent = 0
        plan.shape.segmentBytes = 16_384
        plan.shape.padding = 0
        plan.shape.stepMicrosMax = 20_000
        var time: Int64 = 0
        plan.steps = []
        let tasks: [Writer.Task] = [.create, .createWithKey, .update, .comment, .close, .delete, .create, .update]
        for task in tasks + tasks {
            time += 8_000
            plan.steps.append(Plan.Step(at: time, act: .write(writer: 0, task)))
        }
        // Late enough for a checkpoint of all this.
        plan.steps.append(Plan.Step(at: time + 6_000_000, act: .replay(.station)))
        plan.steps.append(Plan.Step(at: time + 6_010_000, act: .write(writer: 0, .create)))
        self.plan = plan
        let run = Run(plan)
        baseFailure = run.run().failure
        callCount = run.stationCallCount
    }

    // MARK: The first start

    /// Cuts the first start, in an empty directory, short within the call after `calls`. The next start must succeed on
    /// whatever that leaves, and the station must work.
    ///
    /// - Returns: the broken promise, if any.
    public static func failureOfFirstStart(afterCalls calls: Int, withoutPower: Bool, seed: UInt64) -> Failure? {
        let world = World(seed: seed)
        let station = newStation(in: world)
        station.losesPowerInStart = withoutPower
        station.callsOfNextStarts = [calls]
        station.start()
        world.run(until: 10_000_000)
        let user: JSONValue = [
            "email": "admin@example.com", "username": "admin", "role": "admin",
            "password_hash": .string(Appliance.hash(Run.password)),
        ]
        let made = station.control(.post, "/users", user)
        guard world.failure == nil else { return world.failure }
        guard made["user_id"] != nil, let live = station.process?.service.desk.fingerprint() else {
            return Failure(kind: .startFails, text: "no user can be made: \(made)", at: world.now)
        }
        station.crash(.withoutPower, afterCalls: nil, downMicros: 1_000)
        world.run(until: 20_000_000)
        if station.process?.service.desk.fingerprint() != live {
            world.fail(.lost, "the user made after the start is gone")
        }
        return world.failure
    }

    /// The number of calls that a first start makes.
    public static func firstStartCallCount(seed: UInt64) -> Int {
        let world = World(seed: seed)
        let station = newStation(in: world)
        station.start()
        return station.process?.life.callCount ?? 0
    }

    private static func newStation(in world: World) -> Appliance {
        var configuration = Configuration()
        configuration.stationID = 7
        return Appliance("station", at: .ipv4(0x0A00_0001), configuration, world, Internet(world), bug: nil)
    }

    // MARK: A day

    /// Cuts the day short within the call after `calls`.
    ///
    /// - Parameter again: the number of calls after which the start that follows is cut short too; nil: it is not.
    /// - Returns: the broken promise, if any, with its story.
    public func failure(afterCalls calls: Int, withoutPower: Bool, again: Int?) -> (failure: Failure, story: [String])?
    {
        var plan = plan
        let crash = Plan.Act.crash(
            .station, withoutPower ? .withoutPower : .killed, afterCalls: calls, downMicros: 20_000,
            again: again.map { [$0] } ?? [])
        plan.steps.insert(Plan.Step(at: 0, act: crash), at: 0)
        guard let failure = Run(plan).run().failure else { return nil }
        return (failure, plan.story + Run(plan, keepsLines: true).run().lines)
    }
}
