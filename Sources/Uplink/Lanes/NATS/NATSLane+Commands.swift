import Bytes
import NATS

/// Fetches commands from the stream, as `NATSCommands` explains.
extension NATSLane {
    /// Notes that a command was handled. The acknowledgement may be lost, and then the server delivers the command
    /// again.
    public mutating func acknowledge(_ number: UInt64, now: MonotonicTime) {
        guard !isFailed, let place = commands.unacknowledged.firstIndex(where: { $0.number == number }) else { return }
        let subject = commands.unacknowledged.remove(at: place).subject
        commands.acknowledged = max(number, commands.acknowledged ?? 0)
        if post(JetStreamAcknowledgement.done.payload, to: subject) { continueCommands(now: now) }
    }

    /// Asks whether the consumer is there: a pull from one that is not is never answered.
    mutating func lookUpCommands(now: MonotonicTime) {
        guard let request = send(.lookUpConsumer(names.consumer, of: names.commandStream), now: now) else { return }
        commands.acknowledged = nil
        commands.phase = .lookingUp(request)
    }

    /// Handles the answer to the look-up or to a creation, or the end of the pull. The ends of earlier pulls are
    /// ignored.
    mutating func receiveCommandAnswer(_ message: NATSMessage, token: UInt64, now: MonotonicTime) {
        switch commands.phase {
        case .lookingUp(let request) where request.token == token: finishCommandLookup(message, now: now)
        case .checking(let request) where request.token == token: finishCheck(message, now: now)
        case .making(let request, let furnishing) where request.token == token:
            makeConsumer(with: furnishing, after: message, now: now)
        case .pulling(let request, _) where request.token == token:
            if case .ended(let end)? = JetStreamPullEvent(message) { finishPull(end, now: now) }
        default: break
        }
    }

    private mutating func finishCommandLookup(_ answer: NATSMessage, now: MonotonicTime) {
        do {
            _ = try JetStreamConsumer(answer)
            pull(now: now)
        } catch {
            switch error {
            case .refused(let refusal) where refusal.kind == .consumerNotFound || refusal.kind == .streamNotFound:
                let missing: [NATSFurnishing.Item] = [
                    .stream(names.commandStreamConfiguration()),
                    .consumer(
                        names.consumerConfiguration(acknowledgementWaitMillis: limits.acknowledgementWaitMillis)),
                ]
                makeConsumer(with: NATSFurnishing(missing, names: names), after: nil, now: now)
            // The user's own account; the one that has the streams answers too.
            case .refused(let refusal) where refusal.kind == .notEnabled: break
            default: fail(UplinkFault("the consumer \(names.consumer.text) cannot be looked up: \(error.message)"))
            }
        }
    }

    private mutating func makeConsumer(
        with furnishing: NATSFurnishing, after answer: NATSMessage?, now: MonotonicTime
    ) {
        var furnishing = furnishing
        if let answer, let fault = furnishing.receive(answer) { return fail(fault) }
        guard let request = furnishing.request else {
            warn(of: furnishing)
            return pull(now: now)
        }
        if let request = send(request, now: now) { commands.phase = .making(request, furnishing) }
    }

    /// Handles a message on a subject of its own: a command.
    mutating func receiveCommand(_ message: NATSMessage, now: MonotonicTime) {
        guard case .message(let delivery)? = JetStreamPullEvent(message) else { return }
        commands.countDelivery()
        let number = delivery.streamSequence
        // The owner may still be at work on it. It is acknowledged on the subject of its first delivery.
        guard !commands.unacknowledged.contains(where: { $0.number == number }) else { return }
        if let acknowledged = commands.acknowledged, number <= acknowledged {
            return answer(delivery, .done, now: now)
        }
        guard commands.unacknowledged.count < NATSCommands.unacknowledgedMax else {
            return fail(UplinkFault("the NATS server sends more commands than it was asked for"))
        }
        commands.unacknowledged.append(
            NATSCommands.Unacknowledged(number: number, subject: delivery.acknowledgementSubject))
        emit(.delivered(UplinkDelivery(number: number, epoch: remoteName ?? "", json: delivery.payload)))
    }

    mutating func expireCommands(now: MonotonicTime) {
        switch commands.phase {
        case .checking: fail(UplinkFault("the NATS server did not describe the consumer \(names.mark.text) in time"))
        case .lookingUp:
            fail(UplinkFault("the NATS server did not describe the consumer \(names.consumer.text) in time"))
        case .making: fail(UplinkFault("the NATS server did not create the consumer \(names.consumer.text) in time"))
        // A pull from a consumer that is gone is not answered, so it is looked up in any case.
        case .pulling, .pausing: lookUpCommands(now: now)
        case .idle, .ended: break
        }
    }

    // MARK: -

    private mutating func pull(now: MonotonicTime) {
        let request = JetStreamRequest.nextMessages(
            NATSCommands.batch, of: names.consumer, in: names.commandStream, bytesMax: limits.commandBytesMax,
            expiresMillis: limits.pullMillis)
        let millis = limits.pullMillis.addingReportingOverflow(limits.answerMillisMax)
        guard let pull = send(request, answerWithinMillis: millis.overflow ? .max : millis.partialValue, now: now)
        else {
            return
        }
        commands.phase = .pulling(pull, left: NATSCommands.batch)
    }

    private mutating func finishPull(_ end: JetStreamPullEnd, now: MonotonicTime) {
        switch end {
        case .noMessages, .expired:
            commands.phase = .ended
            continueCommands(now: now)
        case .consumerDeleted: lookUpCommands(now: now)
        case .noResponders: fail(UplinkFault("JetStream does not answer on the NATS server any more"))
        case .messageTooLarge:
            emit(
                .warned(
                    "A command in the stream \(names.commandStream.text) is larger than \(limits.commandBytesMax) "
                        + "bytes and blocks all others for this station: delete it, and let the stream accept none "
                        + "of that size (max_msg_size)"))
            commands.phase = .pausing(until: now.advanced(byMilliseconds: NATSCommands.longPauseMillis))
        case .refused:
            commands.phase = .pausing(until: now.advanced(byMilliseconds: NATSCommands.pauseMillis))
        }
    }

    /// Starts the next pull if the last one is used up and everything that it brought is acknowledged.
    private mutating func continueCommands(now: MonotonicTime) {
        guard case .ended = commands.phase, commands.unacknowledged.isEmpty else { return }
        let request = JetStreamRequest.lookUpConsumer(names.mark, of: names.stream)
        if let request = send(request, now: now) { commands.phase = .checking(request) }
    }

    /// Ends the lane if the stream of events is gone, or is another one by now: the next connection sends it
    /// everything.
    private mutating func finishCheck(_ answer: NATSMessage, now: MonotonicTime) {
        do {
            guard try JetStreamConsumer(answer).created == remoteName else {
                return fail(UplinkFault("the stream \(names.stream.text) was made anew"))
            }
            pull(now: now)
        } catch {
            if case .refused(let refusal) = error, refusal.kind == .notEnabled { return }
            fail(UplinkFault("the consumer \(names.mark.text) is gone: \(error.message)"))
        }
    }

    /// Answers a message that is not delivered to the owner.
    private mutating func answer(
        _ delivery: JetStreamDelivery, _ acknowledgement: JetStreamAcknowledgement, now: MonotonicTime
    ) {
        if post(acknowledgement.payload, to: delivery.acknowledgementSubject) { continueCommands(now: now) }
    }
}
