import Domain
import Gateway
import JSON
import Platform

/// Announces durable events to everyone who is connected.
///
/// Consecutive notifications for the same people are announced together. The last batch of a turn is handed out to a
/// few receivers at a time (`announceLast`), so that the loop can send in between.
final class Announcer {
    /// The receivers of an event that goes to more sockets than this are logged only at level debug.
    private static let namedReceiversMax = 16
    /// The most notifications announced together, which bounds what is sent in one piece.
    private static let batchCountMax = 64
    /// A member's ticket that changed longer ago than this is marked as replayed: the member was offline.
    private static let lateSeconds: Int64 = 60

    /// The sockets of an audience, in the order of their users' numbers.
    private struct Receivers {
        let audience: Notification.Audience
        let all: [Subscriber]
        /// The number of sockets that are admins'.
        let adminCount: Int
        /// The languages of these users besides English, each once.
        let languages: [Language]
        let version: Version
    }

    /// The versions of everything that receivers are derived from.
    private struct Version: Equatable {
        let subscribers: Int
        let people: Int
        let configuration: Int
    }

    /// The last batch of a turn, and the progress of sending it.
    private struct LastBatch {
        let batch: EventBatch
        let receivers: Receivers
        var next = 0
        /// The largest number of its events that any receiver had room for.
        var countMax = 0
    }

    private let durable: DurableDesk
    private let configuration: LiveConfiguration
    private let subscribers: Subscribers
    private let proofs: DeliveryProofs
    private let catchUps: CatchUpQueue
    private let contacts: MemberContacts
    private let sentTimes: SentTimes
    let changes: ChangeAnnouncer
    private var last: LastBatch?
    /// Commands to members that finished in this turn.
    private var finishedCommands: [FleetCommand] = []
    private var knownReceivers: Receivers?

    init(
        durable: DurableDesk, configuration: LiveConfiguration, subscribers: Subscribers, proofs: DeliveryProofs,
        catchUps: CatchUpQueue, contacts: MemberContacts, sentTimes: SentTimes
    ) {
        self.sentTimes = sentTimes
        self.durable = durable
        self.configuration = configuration
        self.subscribers = subscribers
        self.proofs = proofs
        self.catchUps = catchUps
        self.contacts = contacts
        changes = ChangeAnnouncer(durable: durable, subscribers: subscribers)
    }

    /// Queues the notifications of events that have become durable, in order, for everyone connected; the last batch is
    /// left to `announceLast`.
    func announce(_ events: [StagedEvent], through loop: EventLoop, now: Moment) {
        var reached: [Subscriber] = []
        var batch: [Notification] = []
        for staged in events {
            // One who comments on a member's ticket does so by a command.
            let author = staged.finishedCommands.first?.by.userID
            let notification = staged.isNews ? durable.desk.notification(for: staged.event, commandedBy: author) : nil
            add(notification, to: &batch, &reached, through: loop, now: now)
            if let note = Notification(noting: staged.event) {
                add(note, to: &batch, &reached, through: loop, now: now)
            }
            changes.note(staged.event)
            announceReading(staged, through: loop, now: now)
            dismissSockets(after: staged.event, through: loop)
            finishedCommands += staged.finishedCommands
            subscribers.announcedThrough = staged.event.sequence
        }
        for receiver in reached { proofs.request(from: receiver, through: loop, now: now) }
        guard let (encoded, receivers) = prepare(batch, through: loop, now: now) else { return }
        last = LastBatch(batch: encoded, receivers: receivers)
    }

    /// Adds a notification to the batch, which is announced first if it is full or for other people.
    private func add(
        _ notification: Notification?, to batch: inout [Notification], _ reached: inout [Subscriber],
        through loop: EventLoop, now: Moment
    ) {
        if let last = batch.last, last.audience != notification?.audience || batch.count == Self.batchCountMax {
            reached += announceNow(batch, through: loop, now: now)
            batch.removeAll(keepingCapacity: true)
        }
        if let notification { batch.append(notification) }
    }

    /// Queues the last batch for some of its receivers.
    ///
    /// - Parameter countMax: the largest number of receivers.
    /// - Returns: whether receivers are left.
    func announceLast(toNext countMax: Int, through loop: EventLoop, now: Moment) -> Bool {
        guard var last else { return announceOthers(toNext: countMax, through: loop, now: now) }
        let receivers = last.receivers.all
        let end = receivers.count - last.next > countMax ? last.next + countMax : receivers.count
        for receiver in receivers[last.next..<end] {
            let count = send(last.batch, to: receiver, through: loop)
            last.countMax = max(last.countMax, count)
            guard count > 0 else { continue }
            proofs.request(from: receiver, through: loop, now: now)
            noteSent(last.batch, count: count, to: last.receivers, now: now)
            logReceipt(of: last.batch, count: count, by: receiver, last.receivers, through: loop, now: now)
        }
        last.next = end
        self.last = end < receivers.count ? last : nil
        guard self.last == nil else { return true }
        logDelivery(to: last.receivers, count: last.countMax, through: loop, now: now)
        return announceOthers(toNext: countMax, through: loop, now: now)
    }

    /// Announces what is no notification.
    private func announceOthers(toNext countMax: Int, through loop: EventLoop, now: Moment) -> Bool {
        changes.announce(toNext: countMax, through: loop, now: now) || announceFinishedCommands(through: loop)
    }

    /// Announces a batch that is not the last.
    ///
    /// - Returns: the receivers reached; subscribers still catching up are skipped.
    private func announceNow(
        _ notifications: [Notification], through loop: EventLoop, now: Moment
    ) -> [Subscriber] {
        guard let (batch, receivers) = prepare(notifications, through: loop, now: now) else { return [] }
        var reached: [Subscriber] = []
        var countMax = 0
        for receiver in receivers.all {
            let count = send(batch, to: receiver, through: loop)
            countMax = max(countMax, count)
            guard count > 0 else { continue }
            reached.append(receiver)
            noteSent(batch, count: count, to: receivers, now: now)
            logReceipt(of: batch, count: count, by: receiver, receivers, through: loop, now: now)
        }
        logDelivery(to: receivers, count: countMax, through: loop, now: now)
        return reached
    }

    /// Encodes notifications for the same people; nil if nobody is there to hear them.
    private func prepare(
        _ notifications: [Notification], through loop: EventLoop, now: Moment
    ) -> (batch: EventBatch, receivers: Receivers)? {
        guard let audience = notifications.first?.audience else { return nil }
        let receivers = receivers(of: audience)
        for notification in notifications {
            logAnnouncement(of: notification.eventName, to: receivers, through: loop, now: now)
        }
        guard !receivers.all.isEmpty else { return nil }
        func batch(in language: Language, translations: [Language: EventBatch] = [:]) -> EventBatch {
            EventBatch(
                notifications.map { ($0.sequence, encoded($0, in: language, now: now)) }, translations: translations)
        }
        var translations: [Language: EventBatch] = [:]
        for language in receivers.languages { translations[language] = batch(in: language) }
        return (batch(in: .english, translations: translations), receivers)
    }

    // MARK: Receivers

    private func receivers(of audience: Notification.Audience) -> Receivers {
        let version = Version(
            subscribers: subscribers.version, people: durable.peopleVersion, configuration: configuration.version)
        if let knownReceivers, knownReceivers.audience == audience, knownReceivers.version == version {
            return knownReceivers
        }
        let receivers = findReceivers(of: audience, version)
        knownReceivers = receivers
        return receivers
    }

    private func findReceivers(of audience: Notification.Audience, _ version: Version) -> Receivers {
        var receivers: [Subscriber] = []
        var adminCount = 0
        var languages: [Language] = []
        let candidates: [Identifier]
        if case .user(let id) = audience { candidates = [id] } else { candidates = subscribers.users }
        let desk = durable.desk
        for user in candidates where desk.includes(user, in: audience) {
            let own = subscribers.subscribers(of: user)
            receivers += own
            let person = desk.user(user)
            if person?.role == .admin { adminCount += own.count }
            let language = person?.language ?? .english
            for subscriber in own { subscriber.language = language }
            if language != .english, !own.isEmpty, !languages.contains(language) { languages.append(language) }
        }
        return Receivers(
            audience: audience, all: receivers, adminCount: adminCount, languages: languages, version: version)
    }

    // MARK: Sending

    /// Sends a batch to a subscriber that was told everything before: in one piece if there is room, otherwise as many
    /// of its events as there is room for.
    ///
    /// - Returns: the number of events sent.
    private func send(_ batch: EventBatch, to receiver: Subscriber, through loop: EventLoop) -> Int {
        guard receiver.catchUp == nil else { return 0 }
        let batch = batch.translated(for: receiver)
        if sendWhole(batch, to: receiver, through: loop) { return batch.events.count }
        for (index, (sequence, event)) in batch.events.enumerated()
        where !send(event, sequence: sequence, to: receiver, through: loop) { return index }
        return batch.events.count
    }

    private func sendWhole(_ batch: EventBatch, to receiver: Subscriber, through loop: EventLoop) -> Bool {
        guard !receiver.wishes.contains(.acknowledgements), let frames = batch.frames(for: receiver),
            receiver.hasRoom(within: loop.settings.sendWindowBytesMax - frames.count, through: loop)
        else { return false }
        return receiver.send(frames: frames, through: loop)
    }

    /// Sends one event; false if the subscriber was not told everything before, or has no room.
    private func send(
        _ event: EncodedEvent, sequence: UInt64, to receiver: Subscriber, through loop: EventLoop
    ) -> Bool {
        guard receiver.catchUp == nil else { return false }
        guard receiver.hasRoom(within: loop.settings.sendWindowBytesMax, through: loop) else {
            catchUps.fallBehind(receiver, before: sequence, through: loop)
            return false
        }
        guard receiver.mustAcknowledge else { return receiver.send(event, through: loop) }
        if receiver.sendForAcknowledgement(event, proving: sequence, through: loop) { return true }
        catchUps.fallBehind(receiver, before: sequence, through: loop)
        return false
    }

    private func noteSent(_ batch: EventBatch, count: Int, to receivers: Receivers, now: Moment) {
        guard case .user = receivers.audience else { return }
        for (sequence, _) in batch.events.prefix(count) { sentTimes.note(sequence, at: now.wall) }
    }

    private func encoded(_ notification: Notification, in language: Language, now: Moment) -> EncodedEvent {
        var writer = JSONWriter()
        notification.write(
            into: &writer, epoch: durable.epoch, replayed: isLate(notification, now: now), language: language)
        let id = NotificationID(epoch: durable.epoch, sequence: notification.sequence).text
        return EncodedEvent(notification.eventName, data: writer.bytes, reached: Array(id.utf8))
    }

    /// Whether a member's ticket changed so long ago that nobody should mistake that for news. The time is corrected to
    /// the central server's clock if the member's is known to differ.
    private func isLate(_ notification: Notification, now: Moment) -> Bool {
        guard let member = notification.fleetMember else { return false }
        let ahead = contacts.clockOffsetSeconds(of: member) ?? 0
        return now.wall.seconds - (notification.timestamp.seconds - ahead) > Self.lateSeconds
    }

    // MARK: Other consequences of events

    /// Tells a user's other sockets what was read on one, so that they do not show it as unread.
    private func announceReading(_ staged: StagedEvent, through loop: EventLoop, now: Moment) {
        guard case .notificationsRead(let user, _) = staged.event.change else { return }
        let others = subscribers.subscribers(of: user).filter { $0.socketID != staged.origin }
        guard !others.isEmpty, let unread = try? durable.desk(at: now).unreadCount(for: .user(user)) else {
            return
        }
        let changed = EncodedEvent(
            "notifications:changed", data: JSONValue.object(["unread": .integer(Int64(unread))]).encoded())
        // The count includes what was decided since.
        for other in others { other.send(changed, after: .everything, through: loop) }
    }

    /// Ends the sockets of a user who may no longer sign in, and those whose token has ended.
    private func dismissSockets(after event: Event, through loop: EventLoop) {
        let id: Identifier
        switch event.change {
        case .userUpdated(let user, _): id = user.id
        case .userDeleted(let user, _): id = user
        default: return
        }
        for subscriber in subscribers.subscribers(of: id) {
            do {
                _ = try durable.desk.authenticated(id, subscriber.token)
            } catch {
                subscriber.dismiss(reason: "The token is no longer valid", through: loop)
            }
        }
    }

    /// Sends `fleet:command:finished` to the users who gave the commands.
    ///
    /// - Returns: always false: nothing is left to announce after it.
    private func announceFinishedCommands(through loop: EventLoop) -> Bool {
        guard !finishedCommands.isEmpty else { return false }
        let finished = finishedCommands
        finishedCommands.removeAll()
        for command in finished {
            guard let user = command.by.userID else { continue }
            let own = subscribers.subscribers(of: user)
            guard !own.isEmpty else { continue }
            var object: JSONObject = [
                "command_id": .string(command.id), "station_id": .integer(Int64(command.station)),
                "type": .string(command.kind.rawValue),
            ]
            command.outcome?.writeMembers(into: &object)
            let event = EncodedEvent("fleet:command:finished", data: object.encoded())
            for subscriber in own { subscriber.send(event, through: loop) }
        }
        return false
    }

    // MARK: The log

    private func logAnnouncement(of name: String, to receivers: Receivers, through loop: EventLoop, now: Moment) {
        switch receivers.audience {
        case .user(let id):
            loop.log.write(.info, "WebsocketGateway", "Sending event \(name) to user \(id)", at: now)
        case .fleetAdmins:
            loop.log.write(
                .debug, "WebsocketGateway", "Sending event \(name) to \(receivers.all.count) admin(s)", at: now)
        case .adminsAndStaff:
            let staffCount = receivers.all.count - receivers.adminCount
            let staff = staffCount > 0 ? " and \(staffCount) station staff" : ""
            loop.log.write(
                .info, "WebsocketGateway", "Sending event \(name) to \(receivers.adminCount) admin(s)\(staff)",
                at: now)
        }
    }

    private func logReceipt(
        of batch: EventBatch, count: Int, by receiver: Subscriber, _ receivers: Receivers, through loop: EventLoop,
        now: Moment
    ) {
        let level: Log.Level = receivers.all.count > Self.namedReceiversMax ? .debug : .info
        guard case .adminsAndStaff = receivers.audience, loop.log.level <= level else { return }
        for (_, event) in batch.events.prefix(count) {
            loop.log.write(
                level, "WebsocketGateway", "Event \(event.name) sent to socket \(receiver.socketID)", at: now)
        }
    }

    private func logDelivery(to receivers: Receivers, count: Int, through loop: EventLoop, now: Moment) {
        guard case .user(let id) = receivers.audience else { return }
        for _ in 0..<count {
            loop.log.write(.info, "WebsocketGateway", "Event sent successfully to user \(id)", at: now)
        }
    }
}
