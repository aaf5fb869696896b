import Gateway
import Platform

/// Work on passwords, first come, first served: a few child processes at once and a bounded number of waiting tasks.
struct PasswordQueue<Purpose> {
    private struct Task {
        let job: ChildJob
        let purpose: Purpose
    }

    private var waiting: [Task] = []
    private var running: [ConnectionID: Purpose] = [:]

    var waitingCount: Int { waiting.count }

    /// Adds a task; false if the queue is full.
    mutating func add(_ job: ChildJob, for purpose: Purpose, waitingMax: Int) -> Bool {
        guard waiting.count < waitingMax else { return false }
        waiting.append(Task(job: job, purpose: purpose))
        return true
    }

    /// Removes and returns the next task, if one may run.
    mutating func dequeue(runningMax: Int) -> (job: ChildJob, purpose: Purpose)? {
        guard running.count < runningMax, !waiting.isEmpty else { return nil }
        let task = waiting.removeFirst()
        return (task.job, task.purpose)
    }

    mutating func noteStart(of child: ConnectionID, for purpose: Purpose) { running[child] = purpose }

    /// Removes and returns the purpose of a child that has ended; nil if it is not one of these.
    mutating func removePurpose(of child: ConnectionID) -> Purpose? { running.removeValue(forKey: child) }
}
