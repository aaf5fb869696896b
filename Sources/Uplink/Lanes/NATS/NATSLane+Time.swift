import Bytes

/// Timeouts: every wait ends.
extension NATSLane {
    public var deadline: MonotonicTime? {
        switch phase {
        case .failed: nil
        case .introduction(let deadline): deadline
        case .authentication, .lookup, .creation, .comparison, .open:
            [wait?.deadline, watchDeadline, publisher.deadline, commands.deadline].compactMap { $0 }.min()
        }
    }

    public mutating func expire(now: MonotonicTime) {
        if let wait, wait.deadline <= now {
            switch phase {
            case .lookup(_, let end) where now < end && otherAccount == nil: return lookUp(now: now, until: end)
            // A server does not answer for a stream that an earlier version made, without direct requests.
            case .comparison(_, _, let end) where now < end: return compare(isDirect: false, now: now, until: end)
            default: break
            }
            if let otherAccount { return fail(lookupFault(otherAccount)) }
            return fail(UplinkFault("the NATS server \(wait.lack) in time"))
        }
        publisher.expire(now: now)
        forwardPublisherEvents()
        if let deadline = commands.deadline, deadline <= now, !isFailed { expireCommands(now: now) }
        if watchDeadline <= now, !isFailed { keepWatch(now: now) }
    }

    /// What the opening waits for.
    private var wait: (deadline: MonotonicTime, lack: String)? {
        switch phase {
        case .introduction(let deadline): (deadline, "did not introduce itself")
        case .authentication(let deadline): (deadline, "did not answer the credentials")
        case .lookup(let request, _): (request.deadline, "did not describe the consumer \(names.mark.text)")
        case .creation(let request, _): (request.deadline, "did not create the stream \(names.stream.text)")
        case .comparison(let request, _, _): (request.deadline, "did not send the last event")
        case .open, .failed: nil
        }
    }

    private var watchDeadline: MonotonicTime {
        switch watch {
        case .quiet(let since): since.advanced(byMilliseconds: limits.silenceMillisMax)
        case .asked(let deadline): deadline
        }
    }

    private mutating func keepWatch(now: MonotonicTime) {
        switch watch {
        case .quiet:
            write { machine, output in machine.ping(into: &output) }
            watch = .asked(deadline: now.advanced(byMilliseconds: limits.answerMillisMax))
        case .asked: fail(UplinkFault("the NATS server does not answer any more"))
        }
    }
}
