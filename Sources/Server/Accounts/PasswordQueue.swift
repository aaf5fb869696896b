import Gateway
import Platform

/// Work on passwords: a few child processes at once, and a bounded number of waiting tasks, which are shared fairly.
///
/// The addresses with waiting tasks take turns, and within an address its accounts do; the tasks of one account run in
/// order. When there is no room, a task of an address with few goes before the newest of an address with many. So a
/// client that logs in without a pause delays others by one task each, and never shuts them out.
struct PasswordQueue<Purpose> {
    /// The most tasks that wait; 0 for no limit.
    struct Bounds {
        var waitingMax: Int
        var perAddressMax = 0
        var perAccountMax = 0
    }

    /// Whose task it is.
    struct Origin: Hashable {
        /// The address, as `PeerAddress.site`.
        let site: Site
        /// The account at that address: the one to log in to, or the caller's own.
        let account: String
    }

    /// What became of a new task.
    enum Outcome {
        case added
        /// It has taken the place of the newest task of a larger share, which the limit refuses now.
        case replaced(Purpose, RefusingLimit)
        case refused(RefusingLimit)
    }

    private struct Task {
        let job: ChildJob
        let purpose: Purpose
    }

    /// The tasks of one address. There are no empty ones.
    private struct Line {
        /// The accounts in the order of their turns.
        var accounts: [String] = []
        var tasks: [String: [Task]] = [:]
        var count = 0

        mutating func append(_ task: Task, of account: String) {
            if tasks[account] == nil { accounts.append(account) }
            tasks[account, default: []].append(task)
            count += 1
        }

        /// Removes the first task of the account whose turn it is.
        mutating func removeFirst() -> Task? {
            guard !accounts.isEmpty else { return nil }
            let account = accounts.removeFirst()
            guard let task = tasks[account]?.removeFirst() else { return nil }
            count -= 1
            if tasks[account]?.isEmpty == true { tasks[account] = nil } else { accounts.append(account) }
            return task
        }

        /// Removes the newest task of the account with most.
        mutating func removeLargest() -> Task? {
            guard let account = largest, let task = tasks[account]?.popLast() else { return nil }
            count -= 1
            forget(account)
            return task
        }

        mutating func removeAll(where isMeant: (Purpose) -> Bool) -> [Task] {
            var removed: [Task] = []
            for account in accounts {
                removed += tasks[account]?.filter { isMeant($0.purpose) } ?? []
                tasks[account]?.removeAll { isMeant($0.purpose) }
                forget(account)
            }
            count -= removed.count
            return removed
        }

        /// Whether an account with more tasks than another can give one up and still have as many.
        func exceeds(_ account: String) -> Bool {
            guard let largest, let most = tasks[largest]?.count else { return false }
            return most > (tasks[account]?.count ?? 0) + 1
        }

        /// The account with most tasks; of several, the one whose turn comes first.
        private var largest: String? { accounts.max { (tasks[$0]?.count ?? 0) < (tasks[$1]?.count ?? 0) } }

        private mutating func forget(_ account: String) {
            guard tasks[account]?.isEmpty == true else { return }
            tasks[account] = nil
            accounts.removeAll { $0 == account }
        }
    }

    /// Second steps of tasks that have had their turn. They wait for nobody. There are at most as many as processes.
    private var secondSteps: [Task] = []
    /// The addresses in the order of their turns.
    private var sites: [Site] = []
    private var lines: [Site: Line] = [:]
    private var running: [ConnectionID: Purpose] = [:]

    /// The number of waiting tasks.
    private(set) var waitingCount = 0

    /// Whether a task can be added without a thought for the others.
    func hasRoom(for origin: Origin, within bounds: Bounds) -> Bool {
        let line = lines[origin.site]
        return !Self.isFull(waitingCount, bounds.waitingMax) && !Self.isFull(line?.count ?? 0, bounds.perAddressMax)
            && !Self.isFull(line?.tasks[origin.account]?.count ?? 0, bounds.perAccountMax)
    }

    /// Adds a task, if there is room for it or a larger share to reduce.
    mutating func add(_ job: ChildJob, for purpose: Purpose, of origin: Origin, within bounds: Bounds) -> Outcome {
        let task = Task(job: job, purpose: purpose)
        let line = lines[origin.site] ?? Line()
        if Self.isFull(line.tasks[origin.account]?.count ?? 0, bounds.perAccountMax) {
            return .refused(.passwordQueuePerAccount)
        }
        var replaced: (site: Site, limit: RefusingLimit)?
        if Self.isFull(line.count, bounds.perAddressMax) {
            guard line.exceeds(origin.account) else { return .refused(.passwordQueuePerAddress) }
            replaced = (origin.site, .passwordQueuePerAddress)
        } else if Self.isFull(waitingCount, bounds.waitingMax) {
            let largest = sites.max { (lines[$0]?.count ?? 0) < (lines[$1]?.count ?? 0) }
            guard let largest, let most = lines[largest]?.count else { return .refused(.passwordQueue) }
            let isFairer = most > line.count + 1 || (largest == origin.site && line.exceeds(origin.account))
            guard isFairer else { return .refused(.passwordQueue) }
            replaced = (largest, .passwordQueue)
        }
        let removed = replaced.flatMap { removeLargest(at: $0.site) }
        if lines[origin.site] == nil { sites.append(origin.site) }
        lines[origin.site, default: Line()].append(task, of: origin.account)
        waitingCount += 1
        if let replaced, let removed { return .replaced(removed.purpose, replaced.limit) }
        return .added
    }

    /// Adds the second step of a task whose first step has ended.
    mutating func addSecondStep(_ job: ChildJob, for purpose: Purpose) {
        secondSteps.append(Task(job: job, purpose: purpose))
        waitingCount += 1
    }

    /// Removes and returns the next task, if one may run.
    mutating func dequeue(runningMax: Int) -> (job: ChildJob, purpose: Purpose)? {
        guard running.count < runningMax, let task = next() else { return nil }
        waitingCount -= 1
        return (task.job, task.purpose)
    }

    /// Removes and returns the waiting tasks that `isMeant` is true for.
    mutating func removeAll(where isMeant: (Purpose) -> Bool) -> [Purpose] {
        var removed: [Purpose] = []
        for site in sites {
            removed += lines[site]?.removeAll(where: isMeant).map(\.purpose) ?? []
            forget(site)
        }
        waitingCount -= removed.count
        return removed
    }

    mutating func noteStart(of child: ConnectionID, for purpose: Purpose) { running[child] = purpose }

    /// Removes and returns the purpose of a child that has ended; nil if it is not one of these.
    mutating func removePurpose(of child: ConnectionID) -> Purpose? { running.removeValue(forKey: child) }

    private static func isFull(_ count: Int, _ max: Int) -> Bool { max > 0 && count >= max }

    private mutating func next() -> Task? {
        if !secondSteps.isEmpty { return secondSteps.removeFirst() }
        guard !sites.isEmpty else { return nil }
        let site = sites.removeFirst()
        let task = lines[site]?.removeFirst()
        if lines[site]?.count == 0 { lines[site] = nil } else { sites.append(site) }
        return task
    }

    private mutating func removeLargest(at site: Site) -> Task? {
        guard let task = lines[site]?.removeLargest() else { return nil }
        waitingCount -= 1
        forget(site)
        return task
    }

    private mutating func forget(_ site: Site) {
        guard lines[site]?.count == 0 else { return }
        lines[site] = nil
        sites.removeAll { $0 == site }
    }
}
