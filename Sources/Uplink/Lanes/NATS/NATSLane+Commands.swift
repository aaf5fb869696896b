import Bytes
import NATS

/// Fetches commands from the stream, as `NATSCommands` explains.
extension NATSLane {
    /// The header with the size of content that the server left out.
    private static let sizeName = "Nats-Msg-Size"

    /// Notes that a command was handled. The acknowledgement may be lost, and then the server delivers the command
    /// again.
    public mutating func acknowledge(_ number: UInt64, now: MonotonicTime) {
        guard !isFailed, let place = commands.unacknowledged.firstIndex(where: { $0.number == number }) else { return }
        let subject = commands.unacknowledged.remove(at: place).subject
        commands.acknowledged = max(number, commands.acknowledged ?? 0)
        if post(JetStreamAcknowledgement.done.payload, to: subject) { continueCommands(now: now) }
    }

    /// Creates the consumer, or changes it to what it should be.
    mutating func createConsumer(headersOnly: Bool = false, now: MonotonicTime) {
        let configuration = JetStreamConsumerConfiguration(
            name: names.consumer, stream: names.stream, filter: names.commands,
            acknowledgementWaitMillis: limits.acknowledgementWaitMillis, unacknowledgedMax: 1, headersOnly: headersOnly)
        guard let request = send(.createConsumer(configuration), now: now) else { return }
        commands.isHeadersOnly = headersOnly
        commands.acknowledged = nil
        commands.phase = .making(request)
    }

    /// Handles the answer to the consumer's creation or the end of the pull. The ends of earlier pulls are ignored.
    mutating func receiveCommandAnswer(_ message: NATSMessage, token: UInt64, now: MonotonicTime) {
        switch commands.phase {
        case .making(let request) where request.token == token:
            do {
                _ = try JetStreamConsumer(message)
                pull(now: now)
            } catch {
                fail(consumerFault(error))
            }
        case .pulling(let request, _) where request.token == token:
            if case .ended(let end)? = JetStreamPullEvent(message) { finishPull(end, now: now) }
        default: break
        }
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
        if isWithoutContent(delivery), fits(delivery) {
            return answer(delivery, .again(afterMillis: nil), now: now)
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
        case .making: fail(UplinkFault("the NATS server did not create the consumer \(names.consumer.text) in time"))
        // A pull from a consumer that is gone is not answered, so the consumer is created again in any case.
        case .pulling, .pausing: createConsumer(now: now)
        case .idle, .ended: break
        }
    }

    // MARK: -

    private mutating func pull(now: MonotonicTime) {
        // A command can be too large because of its headers.
        let (batch, bytesMax) =
            commands.isHeadersOnly
            ? (1, limits.messages.payloadBytesMax) : (NATSCommands.batch, limits.commandBytesMax)
        let request = JetStreamRequest.nextMessages(
            batch, of: names.consumer, in: names.stream, bytesMax: bytesMax, expiresMillis: limits.pullMillis)
        let millis = limits.pullMillis.addingReportingOverflow(limits.answerMillisMax)
        guard let pull = send(request, answerWithinMillis: millis.overflow ? .max : millis.partialValue, now: now)
        else {
            return
        }
        commands.phase = .pulling(pull, left: batch)
    }

    private mutating func finishPull(_ end: JetStreamPullEnd, now: MonotonicTime) {
        switch end {
        case .noMessages, .expired:
            commands.phase = .ended
            continueCommands(now: now)
        case .consumerDeleted: createConsumer(now: now)
        case .messageTooLarge where !commands.isHeadersOnly: createConsumer(headersOnly: true, now: now)
        case .noResponders: fail(UplinkFault("JetStream does not answer on the NATS server any more"))
        case .messageTooLarge, .refused:
            commands.phase = .pausing(until: now.advanced(byMilliseconds: NATSCommands.pauseMillis))
        }
    }

    /// Starts the next pull if the last one is used up and everything that it brought is acknowledged.
    private mutating func continueCommands(now: MonotonicTime) {
        guard case .ended = commands.phase, commands.unacknowledged.isEmpty else { return }
        if commands.isHeadersOnly { createConsumer(now: now) } else { pull(now: now) }
    }

    /// Answers a message that is not delivered to the owner.
    private mutating func answer(
        _ delivery: JetStreamDelivery, _ acknowledgement: JetStreamAcknowledgement, now: MonotonicTime
    ) {
        if post(acknowledgement.payload, to: delivery.acknowledgementSubject) { continueCommands(now: now) }
    }

    private func isWithoutContent(_ delivery: JetStreamDelivery) -> Bool {
        commands.isHeadersOnly && delivery.payload.isEmpty && delivery.headers?[Self.sizeName] != nil
    }

    /// Whether the message with its content fits a pull, as the server counts.
    private func fits(_ delivery: JetStreamDelivery) -> Bool {
        guard let headers = delivery.headers, let size = headers[Self.sizeName].flatMap({ Decimal.parse($0) }) else {
            return false
        }
        var block: [UInt8] = []
        headers.encode(into: &block)
        let rest = delivery.subject.utf8.count + delivery.acknowledgementSubject.text.utf8.count + block.count
        return size <= UInt64(max(0, limits.commandBytesMax - rest))
    }

    private func consumerFault(_ fault: JetStreamFault) -> UplinkFault {
        let message = "the consumer \(names.consumer.text) of commands cannot be created: \(fault.message)"
        if case .refused(let error) = fault, error.kind == .unavailable || error.kind == .streamNotFound {
            return UplinkFault(message)
        }
        return UplinkFault(message, .intervention)
    }
}
