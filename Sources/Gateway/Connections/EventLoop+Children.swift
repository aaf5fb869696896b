import Bytes
import Platform

/// Child processes, which the loop treats like any peer.
extension EventLoop {
    /// Starts a child process. The service hears of its end through `childEnded`, also if it was abandoned.
    ///
    /// - Parameter timeoutMillis: the child is abandoned after this time.
    /// - Returns: nil if it could not be started, which is logged.
    public func start(_ command: ChildProcessCommand, timeoutMillis: Int64) -> ConnectionID? {
        do {
            let id = try network.start(command)
            let stage = ChildStage(deadline: now.monotonic.advanced(byMilliseconds: timeoutMillis))
            let connection = Connection(id: id, peer: .local, kind: .own, stage: .child(stage))
            connections.insert(connection)
            drain.childCount += 1
            arm(connection)
            return id
        } catch {
            log.write(.error, "Gateway", "A child process could not be started: \(error)", at: now)
            return nil
        }
    }
}
