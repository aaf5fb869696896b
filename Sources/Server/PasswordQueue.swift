import Platform

/// Work for the password hasher, first come first served: a few child processes at once, a bounded number of waiting
/// tasks.
struct PasswordQueue<Purpose> {
    private struct Task {
        let job: ChildJob
        let purpose: Purpose
    }

    private var waiting: [Task] = []
    private var running: [ConnectionID: Purpose] = [:]

    var waitingCount: Int { waiting.count }

    /// False where the queue is full and the task was not taken.
    mutating func add(_ job: ChildJob, for purpose: Purpose, waitingMax: Int) -> Bool {
        guard waiting.count < waitingMax else { return false }
        waiting.append(Task(job: job, purpose: purpose))
        return true
    }

    /// The next task where one may run.
    mutating func takeNext(runningMax: Int) -> (job: ChildJob, purpose: Purpose)? {
        guard running.count < runningMax, !waiting.isEmpty else { return nil }
        let task = waiting.removeFirst()
        return (task.job, task.purpose)
    }

    mutating func noteStart(of child: ConnectionID, for purpose: Purpose) { running[child] = purpose }

    /// What the child that has ended was for, or nil where it was not one of these.
    mutating func takePurpose(of child: ConnectionID) -> Purpose? { running.removeValue(forKey: child) }
}
