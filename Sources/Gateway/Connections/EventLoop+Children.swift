import Bytes
import Platform

/// Child processes, which the loop waits for like for any peer.
extension EventLoop {
    /// Starts a child process; the service hears of its end through `childEnded`, also where it was given up.
    ///
    /// - Returns: nil where it could not be started, which the log says.
    public func start(_ command: ChildProcessCommand, timeoutMillis: Int64) -> ConnectionID? {
        do {
            let id = try network.start(command)
            let stage = ChildStage(deadline: now.monotonic.advanced(byMilliseconds: timeoutMillis))
            let connection = Connection(id: id, peer: .local, isControl: true, stage: .child(stage))
            insert(connection)
            childCount += 1
            arm(connection)
            return id
        } catch {
            log.write(.error, "Gateway", "A child process could not be started: \(error)", at: now)
            return nil
        }
    }
}
