import Gateway
import Platform

/// Work for the password hasher, first come, first served: a few child processes at once and a bounded number of
/// waiting tasks.
struct PasswordQueue<Purpose> {
    private struct Task {
        let job: ChildJob
        let purpose: Purpose
    }

    private var waiting: [Task] = []
    private var running: [ConnectionID: Purpose] = [:]

    var waitingCount: Int { waiting.count }

    /// False if the queue is full; the task was not added.
    mutating func add(_ job: ChildJob, for purpose: Purpose, waitingMax: Int) -> Bool {
        guard waiting.count < waitingMax else { return false }
        waiting.append(Task(job: job, purpose: purpose))
        return true
    }

    /// Removes the next task, if one may run.
    mutating func dequeue(runningMax: Int) -> (job: ChildJob, purpose: Purpose)? {
        guard running.count < runningMax, !waiting.isEmpty else { return nil }
        let task = waiting.removeFirst()
        return (task.job, task.purpose)
    }

    mutating func noteStart(of child: ConnectionID, for purpose: Purpose) { running[child] = purpose }

    /// What the child that has ended was for, or nil if it was not one of these.
    mutating func removePurpose(of child: ConnectionID) -> Purpose? { running.removeValue(forKey: child) }
}
