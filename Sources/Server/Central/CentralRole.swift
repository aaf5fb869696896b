import Bytes
import Crypto
import Domain
import Gateway
import HTTP
import JSON
import Platform
import Store

/// The central server's side of the members' requests: asking for their position, sending events, and fetching
/// commands.
final class CentralRole {
    private static let eventsContentType = "application/cloudevents-batch+json"
    private static let eventDepthMax = 32
    private static let waitSecondsMax = 60
    private static let answerBytesMax = 512 * 1024
    private static let retrySeconds = 5

    private let durable: DurableDesk
    private let contacts: MemberContacts
    /// Signs commands; nil if there is no key, and then no station carries them out.
    let signer: CommandSigner?
    private var waiters = CommandWaiters()
    /// Members whose last batch was refused as malformed.
    private var malformed: Set<Identifier> = []
    /// Members whose tickets use all the memory they may.
    private var full: Set<Identifier> = []
    private var allowance = MemberAllowance()
    /// Members whose events are kept without their data, because there were too many that mean nothing here.
    private var reduced: Set<Identifier> = []
    /// When the log last said of a member that its events are not understood.
    private var problemsLogged: [Identifier: MonotonicTime] = [:]
    /// Members whose events were processed in this turn.
    private var served: Set<Identifier> = []

    init(durable: DurableDesk, contacts: MemberContacts, signer: CommandSigner?) {
        self.durable = durable
        self.contacts = contacts
        self.signer = signer
    }

    private var desk: Desk { durable.desk }

    // MARK: The turn

    /// When `expire` is to be called, if at all.
    var deadline: MonotonicTime? { waiters.nextDeadline }

    /// Answers the members that have waited long enough for a command; all of them if the server is stopping.
    func expire(through loop: EventLoop, now: Moment) {
        guard !waiters.isEmpty else { return }
        let expired = loop.isDraining ? waiters.removeAll() : waiters.removeExpired(at: now.monotonic)
        for waiter in expired { answer(waiter, through: loop) }
    }

    /// Lets each member have another batch of events processed.
    func endTurn() {
        if !served.isEmpty { served.removeAll(keepingCapacity: true) }
    }

    /// Ends the waiting of members that were removed or whose token has ended.
    func dismissWaiters(after event: Event, through loop: EventLoop) {
        guard case .fleet(let change) = event.change else { return }
        let answer: HTTPResponse
        switch change {
        case .stationRemoved(let member): answer = Self.removed(member)
        case .tokenRenewed: answer = HTTPResponse(.unauthorized("Unauthorized"))
        default: return
        }
        for waiter in waiters.removeAll(of: change.station) { loop.respond(to: waiter.connection, with: answer) }
    }

    // MARK: The caller

    /// Answers a request of a member that authenticates with its own token and belongs to the fleet.
    func answer(_ request: APIRequest, with method: Route.Handler.MemberHandler) throws(Refusal) -> Answer {
        guard let member = authenticate(request) else { throw .unauthorized("Unauthorized") }
        request.loop.noteAuthenticated(request.exchange.connection)
        guard !member.isRemoved else { return .response(Self.removed(member.id)) }
        noteContact(of: member, request)
        return method(self)(request, member)
    }

    /// The member whose token came with the request. The work is the same if there is no such member, so that the time
    /// it takes tells nothing.
    private func authenticate(_ request: APIRequest) -> FleetMember? {
        let token = request.request.fields["Authorization"].flatMap { BearerToken.parse($0) } ?? ""
        let digest = Hex.encode(SHA256.hash(Array(token.utf8)))
        let member = Identifier(request.parameter(0)).flatMap { desk.fleetMember($0) }
        let known = member?.tokenDigest ?? Hex.encode([UInt8](repeating: 0, count: SHA256.byteCount))
        return ConstantTime.equal(Array(digest.utf8), Array(known.utf8)) ? member : nil
    }

    private static func removed(_ member: Identifier) -> HTTPResponse {
        ErrorBody.response(.gone, "Station \(member) was removed from the fleet")
    }

    /// Notes a request of a member. Its clock is judged by requests without a body: a body may arrive long after the
    /// head that says when it was sent.
    private func noteContact(of member: FleetMember, _ request: APIRequest) {
        let now = request.now
        let date =
            request.method == .get
            ? request.request.fields["Date"].flatMap { Timestamp(httpDate: $0, near: now.wall) } : nil
        let offset = date.map { $0.seconds - now.wall.seconds }
        contacts.note(contactOf: member.id, at: now.wall, offsetSeconds: offset)
        guard let offset, member.isClockNews(offsetSeconds: offset),
            member.isClockWrong || contacts.mayMarkClock(of: member.id, now: now.monotonic)
        else { return }
        do throws(Refusal) {
            let mark = FleetAdministration.markClock(member.id, offsetSeconds: offset)
            guard case .event = try durable.administer(mark, by: .central, now: now) else { return }
            if !member.isClockWrong { contacts.noteClockMark(of: member.id, now: now.monotonic) }
            request.loop.log.write(
                member.isClockWrong ? .info : .warning, "Fleet",
                "The clock of station \(member.id) is \(member.isClockWrong ? "right again" : "off by \(offset) s")",
                at: now)
        } catch {
            // If the journal has no room, the next contact tries again.
        }
    }

    // MARK: The position of a member

    /// How much of a member's history is here.
    func position(_ request: APIRequest, of member: FleetMember) -> Answer {
        let response = HTTPResponse.json { writer in
            writer.beginObject()
            writer.member("station_id", Int64(member.id))
            writer.member("central_epoch", durable.epoch)
            writer.member("epoch", member.epoch)
            writer.member("acceptedThrough", PaddedSequence.text(member.acceptedThrough))
            if let last = member.lastEvent {
                writer.key("last")
                writer.beginObject()
                writer.member("type", last.type)
                writer.member("time", last.at)
                writer.endObject()
            }
            writer.member("time", request.now.wall)
            writer.endObject()
        }
        return .response(response)
    }

    // MARK: Events

    /// Receives a batch of a member's events.
    func receiveEvents(_ request: APIRequest, of member: FleetMember) -> Answer {
        .response(receive(request, of: member))
    }

    private func receive(_ request: APIRequest, of member: FleetMember) -> HTTPResponse {
        if let seconds = allowance.charge(request.request.body.count, of: member.id, now: request.now.monotonic) {
            let rate = "\(FleetLimits.batchBytesPerSecondMax >> 10) KiB a second"
            return .tryLater(.tooManyRequests, "The station sends more than \(rate)", seconds: seconds)
        }
        let contentType = request.request.fields["Content-Type"]?.split(separator: ";").first ?? ""
        guard ASCII.equalIgnoringCase(contentType.filter { $0 != " " }, Self.eventsContentType) else {
            return ErrorBody.response(.unsupportedMediaType, "Content-Type must be \(Self.eventsContentType)")
        }
        // One batch a turn, so that no member uses more of a turn than the others.
        guard served.insert(member.id).inserted else {
            return .tryLater(.tooManyRequests, "One batch of events at a time", seconds: 1)
        }
        guard !durable.isBacklogLong else {
            return .tryLater(
                .serviceUnavailable, "Half of the journal is not in the documents yet", seconds: Self.retrySeconds)
        }
        // Records are read strictly again, so they get the text without the slips that are forgiven.
        var body = request.request.body
        let elements: [JSONValue]
        do {
            let limits = JSONLimits(depthMax: Self.eventDepthMax, bytesMax: max(body.count, 1))
            guard let array = try JSONParser.parse(forgiving: &body, limits: limits).arrayValue else {
                return refuse("The body must be an array of events", of: member, request)
            }
            elements = array
        } catch {
            return refuse("The body is not valid JSON: \(error)", of: member, request)
        }
        do throws(FleetBatchFault) {
            let batch = try desk.batch(elements, of: member)
            malformed.remove(member.id)
            return fold(batch, body, of: member, request)
        } catch {
            if case .malformed(let sentence) = error { return refuse(sentence, of: member, request) }
            return HTTPResponse(error)
        }
    }

    /// Answers 400. A member that keeps sending malformed batches is logged once, until it sends a good one.
    private func refuse(_ sentence: String, of member: FleetMember, _ request: APIRequest) -> HTTPResponse {
        if malformed.insert(member.id).inserted {
            request.loop.log.write(
                .warning, "Fleet", "Events of station \(member.id) are refused: \(sentence)", at: request.now)
        }
        return ErrorBody.response(.badRequest, sentence)
    }

    /// - Parameter body: the text of the batch.
    private func fold(
        _ batch: FleetBatch, _ body: [UInt8], of member: FleetMember, _ request: APIRequest
    ) -> HTTPResponse {
        let ranges = batch.events.isEmpty ? [] : body.elementRanges
        var problems: [String] = []
        var lack: FleetBatchFault?
        do throws(Refusal) {
            for (index, event) in batch.events {
                lack = lackOfRoom(for: event, request)
                guard lack == nil else { break }
                let text = ranges.indices.contains(index) ? body[ranges[index]] : []
                for change in desk.fleetChanges(for: event) {
                    let folded = try stage(change, text: text, request)
                    if case .reported(let reported) = folded, let problem = reported.problem {
                        problems.append(problem)
                    }
                }
            }
        } catch {
            // The events staged so far stay: the member sends them again as duplicates.
            return .tryLater(
                .serviceUnavailable, error.sentences.first ?? error.error, seconds: Self.retrySeconds)
        }
        if let first = problems.first, mayLogProblems(of: member.id, now: request.now.monotonic) {
            let count = "\(problems.count) event(s) that are kept although they are not understood"
            request.loop.log.write(
                .warning, "Fleet", "Station \(member.id) sent \(count), first \(first)", at: request.now)
        }
        // As above, the events staged so far stay.
        if let lack { return HTTPResponse(lack) }
        let acceptedThrough = desk.fleetMember(member.id)?.acceptedThrough ?? 0
        return .json { writer in
            writer.beginObject()
            writer.member("acceptedThrough", PaddedSequence.text(acceptedThrough))
            writer.member("duplicates", batch.duplicateCount)
            writer.endObject()
        }
    }

    /// At most once a minute for each member, which may send one such event after another.
    private func mayLogProblems(of member: Identifier, now: MonotonicTime) -> Bool {
        if let last = problemsLogged[member], now.milliseconds(since: last) < 60_000 { return false }
        problemsLogged[member] = now
        return true
    }

    /// Why an event is not accepted that would add to something full already. This is logged once when it begins and
    /// once when it ends.
    private func lackOfRoom(for event: FleetEvent, _ request: APIRequest) -> FleetBatchFault? {
        do throws(FleetBatchFault) {
            try desk.mustHaveRoom(for: event, now: request.now.wall)
            if full.contains(event.station), !desk.isFleetFull(for: event.station) {
                full.remove(event.station)
                request.loop.log.write(
                    .info, "Fleet", "There is room again for the tickets of station \(event.station)", at: request.now)
            }
            return nil
        } catch {
            if case .full(let sentence) = error, full.insert(event.station).inserted {
                request.loop.log.write(.error, "Fleet", sentence, at: request.now)
            }
            return error
        }
    }

    /// Stages a change of the fleet that follows from a member's event.
    ///
    /// - Parameter text: the event as it arrived.
    /// - Returns: the change staged, which is reduced if the event is too large for a record.
    private func stage(
        _ change: FleetChange, text: ArraySlice<UInt8>, _ request: APIRequest
    ) throws(Refusal) -> FleetChange {
        let now = request.now
        var change = change
        var text = text
        if case .reported(let reported) = change, !reported.isMeaningful, !mayKeep(reported, text.count, request) {
            change = .reported(reported.reduced)
            text = []
        }
        var event = durable.desk(at: now).fleetEvent(change, now: now.wall)
        var record = event.record(embedding: text)
        if record.count > durable.journal.limits.recordBytesMax, case .reported(let reported) = change {
            // No event of a member may block it for ever.
            change = .reported(reported.reduced)
            event = durable.desk(at: now).fleetEvent(change, now: now.wall)
            record = event.record()
        }
        try durable.stage(event, record: record)
        return change
    }

    /// Whether an event that means nothing here is kept as it came. This is logged once when it ends, until it begins
    /// again.
    private func mayKeep(_ event: FleetEvent, _ bytes: Int, _ request: APIRequest) -> Bool {
        guard allowance.mayKeep(bytes, of: event.station, now: request.now.monotonic) else {
            if reduced.insert(event.station).inserted {
                request.loop.log.write(
                    .warning, "Fleet",
                    "Station \(event.station) sends many events that mean nothing here, such as \(event.type): they "
                        + "are kept without their data", at: request.now)
            }
            return false
        }
        reduced.remove(event.station)
        return true
    }

    // MARK: Commands

    /// Queues a command for a member and answers 202: the member will report the outcome.
    @inline(never)
    func queue(
        _ draft: FleetCommandDraft, for member: Identifier, by caller: Caller, through loop: EventLoop, now: Moment
    ) throws(Refusal) -> HTTPResponse {
        let (receipt, isNew) = try durable.queueCommand(draft, for: member, by: caller, now: now)
        // Like all answers, these are held until the command is durable.
        if isNew { for waiter in waiters.removeAll(of: member) { answer(waiter, through: loop) } }
        var response = HTTPResponse.json(.accepted, receipt.json)
        response.fields.set("Location", "/api/v1/stations/\(member)/commands/\(receipt.number)")
        return response
    }

    /// Answers with the commands that a member has yet to carry out, or waits for one.
    func commands(_ request: APIRequest, for member: FleetMember) -> Answer {
        let query = request.request.query
        var faults: [String] = []
        func number(_ name: String, max: UInt64) -> UInt64 {
            guard let text = query[name] else { return 0 }
            guard let value = Decimal.parse(text), value <= max else {
                faults.append("\(name) must be a whole number from 0 to \(max)")
                return 0
            }
            return value
        }
        var after = number("after", max: UInt64(Int64.max))
        let seconds = number("wait", max: UInt64(Self.waitSecondsMax))
        guard faults.isEmpty else { return .response(ErrorBody.response(.badRequest, faults)) }
        if let known = query["epoch"], known != durable.epoch { after = 0 }
        // Otherwise numbers would be used twice, and the member would mistake new commands for old ones.
        guard query["epoch"] == nil || after <= durable.journal.committedSequence else {
            let sentence =
                "There is no command \(after) here yet: the data directory was restored from a copy; stop the server "
                + "and run `stationd new-epoch`"
            return .response(ErrorBody.response(.conflict, sentence))
        }
        // A station of an earlier version does not tell its epoch, and does not look at signatures.
        let stationEpoch = query["station_epoch"].flatMap { StationFile.isValid(epoch: $0) ? $0 : nil } ?? member.epoch
        let waiter = CommandWaiters.Waiter(
            member: member.id, connection: request.exchange.connection, after: after,
            stationEpoch: stationEpoch ?? "",
            deadline: request.now.monotonic.advanced(byMilliseconds: Int64(seconds) * 1000))
        let hasSome = !desk.fleetCommands(waitingFor: member.id, after: after).isEmpty
        guard !hasSome, seconds > 0, !request.loop.isDraining else {
            return .response(commandsResponse(to: waiter))
        }
        let oldest = waiters.makeRoom(for: member.id) { request.loop.isConnected($0) }
        if let oldest { answer(oldest, through: request.loop) }
        waiters.add(waiter)
        return .later
    }

    private func commandsResponse(to waiter: CommandWaiters.Waiter) -> HTTPResponse {
        .json { writer in
            writer.beginObject()
            writer.member("epoch", durable.epoch)
            writer.key("commands")
            writer.beginArray()
            writeCommands(for: waiter, into: &writer)
            writer.endArray()
            writer.endObject()
        }
    }

    /// Writes the commands that wait for a member, as many as one answer may have. The member asks for the rest.
    private func writeCommands(for waiter: CommandWaiters.Waiter, into writer: inout JSONWriter) {
        guard let signer, let member = desk.fleetMember(waiter.member) else { return }
        var fresh = 0
        for command in desk.fleetCommands(waitingFor: waiter.member, after: waiter.after) {
            if !signer.hasSigned(command.id, for: member, epoch: waiter.stationEpoch) { fresh += 1 }
            guard fresh <= CommandSigner.freshPerAnswerMax, writer.bytes.count < Self.answerBytesMax else { return }
            signer.write(command, for: member, epoch: waiter.stationEpoch, into: &writer)
        }
    }

    private func answer(_ waiter: CommandWaiters.Waiter, through loop: EventLoop) {
        loop.respond(to: waiter.connection, with: commandsResponse(to: waiter))
    }
}

extension HTTPResponse {
    /// Why a batch of events was not accepted.
    fileprivate init(_ fault: FleetBatchFault) {
        switch fault {
        case .malformed(let sentence): self = ErrorBody.response(.badRequest, sentence)
        case .full(let sentence): self = .tryLater(.serviceUnavailable, sentence, seconds: 60)
        case .gap(let expected):
            self = .json(.conflict) { writer in
                writer.beginObject()
                writer.member("statusCode", 409)
                writer.member("message", "Events are missing from \(expected) on")
                writer.member("error", "Conflict")
                writer.member("expected", PaddedSequence.text(expected))
                writer.endObject()
            }
        }
    }
}

extension [UInt8] {
    /// The ranges of the elements of the array that these bytes spell; they were parsed before.
    fileprivate var elementRanges: [Range<Int>] {
        var ranges: [Range<Int>] = []
        var slicer = JSONSlicer()
        let bytes = span
        slicer.beginArray(in: bytes)
        while slicer.nextElement(in: bytes), let range = slicer.value(in: bytes) { ranges.append(range) }
        return ranges
    }
}
