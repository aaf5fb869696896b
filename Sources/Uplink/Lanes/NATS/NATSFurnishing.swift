import NATS

/// Makes streams and consumers that are missing, one request at a time.
///
///     item        asked                     answered
///     stream      STREAM.INFO               there: it must be as it should be; the central side changes what it may
///                 STREAM.CREATE             missing: with three replicas, or with one where there is no room for three
///                 STREAM.INFO               somebody else was faster
///     consumer    CONSUMER.DURABLE.CREATE   there or not
///
/// The owner sends `request`, and hands its answer to `receive`, until there is none.
struct NATSFurnishing: Sendable {
    enum Item: Sendable {
        case stream(JetStreamStreamConfiguration)
        case consumer(JetStreamConsumerConfiguration)
    }

    private enum Question {
        case lookUp
        case create(replicaCount: Int)
        case update(JetStreamRequest)
    }

    private let names: NATSStationNames
    /// Whether existing streams are changed to what stations need, where that changes nothing for others.
    private let isCentral: Bool
    /// Those still to be made, the current one first.
    private var items: ArraySlice<Item>
    private var question = Question.lookUp
    private var hasLookedUpAgain = false
    /// What was made, in words.
    private(set) var made: [String] = []
    /// When the last consumer was created, as the server writes it.
    private(set) var consumerCreated: String?

    init(_ items: [Item], names: NATSStationNames, isCentral: Bool = false) {
        self.items = items[...]
        self.names = names
        self.isCentral = isCentral
    }

    /// What is to be asked now; nil if everything is there.
    var request: JetStreamRequest? {
        switch items.first {
        case nil: return nil
        case .consumer(let configuration): return .createConsumer(configuration)
        case .stream(var configuration):
            switch question {
            case .lookUp: return .lookUpStream(configuration.name)
            case .update(let request): return request
            case .create(let replicaCount):
                configuration.replicaCount = replicaCount
                return .createStream(configuration)
            }
        }
    }

    /// Handles the answer to `request`. Returns why it cannot go on; otherwise nil.
    mutating func receive(_ answer: NATSMessage) -> UplinkFault? {
        switch items.first {
        case nil: return nil
        case .consumer(let configuration):
            do {
                consumerCreated = try JetStreamConsumer(answer).created
                finish("the consumer \(configuration.name.text)")
                return nil
            } catch {
                return consumerFault(error, configuration)
            }
        case .stream(let configuration): return receive(answer, describing: configuration)
        }
    }

    private mutating func finish(_ item: String?) {
        if let item { made.append(item) }
        items = items.dropFirst()
        question = .lookUp
        hasLookedUpAgain = false
    }

    // MARK: Streams

    private mutating func receive(
        _ answer: NATSMessage, describing configuration: JetStreamStreamConfiguration
    ) -> UplinkFault? {
        do {
            let stream = try JetStreamStream(answer)
            if case .create = question {
                finish("the stream \(configuration.name.text)")
                return nil
            }
            if let shortcoming = stream.shortcoming(for: configuration) {
                return UplinkFault("\(shortcoming); change it or create another: \(names.streamCommand)", .intervention)
            }
            if isCentral, !stream.allowsDirect, case .lookUp = question,
                let update = JetStreamRequest.allowDirect(configuration.name, describedBy: answer)
            {
                question = .update(update)
                return nil
            }
            finish(nil)
            return nil
        } catch {
            return receive(error, about: configuration)
        }
    }

    private mutating func receive(
        _ fault: JetStreamFault, about configuration: JetStreamStreamConfiguration
    ) -> UplinkFault? {
        switch (question, fault) {
        case (.lookUp, .refused(let refusal)) where refusal.kind == .streamNotFound:
            question = .create(replicaCount: NATSStationNames.replicaCountMax)
            return nil
        case (.lookUp, _):
            return UplinkFault(
                "the stream \(configuration.name.text) cannot be looked up: \(fault.message)", remedy(for: fault))
        case (.update, _):
            return UplinkFault(
                "the stream \(configuration.name.text) cannot be changed: \(fault.message)", .intervention)
        // Another station was faster, with another number of replicas.
        case (.create, .refused(let refusal)) where refusal.kind == .streamNameInUse && !hasLookedUpAgain:
            hasLookedUpAgain = true
            question = .lookUp
            return nil
        // A single server, too few of them, too little room for all, or a limit of the account. JetStream has many
        // words for it.
        case (.create(let replicaCount), .refused(let refusal)) where replicaCount > 1 && refusal.mayFitFewerReplicas:
            question = .create(replicaCount: 1)
            return nil
        case (.create, _): return creationFault(fault, configuration)
        }
    }

    private func creationFault(
        _ fault: JetStreamFault, _ configuration: JetStreamStreamConfiguration
    ) -> UplinkFault {
        let stream = configuration.name.text
        switch fault {
        case .refused(let error) where error.kind == .subjectsOverlap:
            let subjects = configuration.subjects.map(\.text).joined(separator: ", ")
            return UplinkFault(
                "a stream of another name than \(stream) listens on \(subjects) or a part of it, so \(stream) cannot "
                    + "be created; the subjects belong to a stream of that name (\(error.message))", .intervention)
        case .refused(let error) where error.kind == .unavailable:
            return UplinkFault("the stream \(stream) cannot be created: \(error.message)")
        default:
            return UplinkFault(
                "there is no stream \(stream) and it cannot be created: \(fault.message); create it with: "
                    + names.streamCommand, .intervention)
        }
    }

    private func remedy(for fault: JetStreamFault) -> UplinkFault.Remedy {
        if case .refused(let error) = fault, error.kind == .notEnabled { return .intervention }
        return .backOff
    }

    // MARK: Consumers

    private func consumerFault(
        _ fault: JetStreamFault, _ configuration: JetStreamConsumerConfiguration
    ) -> UplinkFault {
        let message = "the consumer \(configuration.name.text) cannot be created: \(fault.message)"
        if case .refused(let error) = fault, error.kind == .unavailable || error.kind == .streamNotFound {
            return UplinkFault(message)
        }
        return UplinkFault(message, .intervention)
    }
}
