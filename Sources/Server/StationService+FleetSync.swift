import Bytes
import Crypto
import Domain
import Gateway
import HTTP
import JSON
import Platform
import Store

/// What the stations of a fleet ask of their central server: where they stand, to take events, and for commands.
extension StationService {
    private static let eventsContentType = "application/cloudevents-batch+json"
    private static let eventDepthMax = 32
    private static let waitSecondsMax = 60
    private static let answerBytesMax = 512 * 1024
    private static let retrySeconds = 5

    func answerStation(_ route: FleetRoute, _ context: RequestContext) -> Answer {
        switch route {
        case .sync(let text), .syncEvents(let text), .syncCommands(let text):
            guard let station = authenticateStation(text, context.request) else {
                return .response(Self.response(to: .unauthorized("Unauthorized")))
            }
            guard !station.isRemoved else {
                return .response(Self.removed(station.id))
            }
            note(contactOf: station, context)
            switch route {
            case .sync: return .response(place(of: station, context))
            case .syncEvents: return .response(takeEvents(of: station, context))
            default: return commands(for: station, context)
            }
        default: return .response(ErrorBody.response(.notFound, "Not Found"))
        }
    }

    /// The station whose token came with the request. Where there is no such station the work is the same, so that
    /// time does not tell.
    private func authenticateStation(_ text: String, _ request: HTTPRequest) -> FleetMember? {
        let token = request.fields["Authorization"].flatMap(Self.bearerToken(in:)) ?? ""
        let digest = Hex.encode(SHA256.hash(Array(token.utf8)))
        let station = Identifier(text).flatMap { desk.fleetMember($0) }
        let known = station?.tokenDigest ?? Hex.encode([UInt8](repeating: 0, count: SHA256.byteCount))
        return ConstantTime.equal(Array(digest.utf8), Array(known.utf8)) ? station : nil
    }

    // MARK: Where it stands

    private func place(of station: FleetMember, _ context: RequestContext) -> HTTPResponse {
        .json { writer in
            writer.beginObject()
            writer.member("station_id", Int64(station.id))
            writer.member("central_epoch", epoch)
            writer.member("epoch", station.epoch)
            writer.member("acceptedThrough", PaddedSequence.text(station.acceptedThrough))
            if let last = station.lastEvent {
                writer.key("last")
                writer.beginObject()
                writer.member("type", last.type)
                writer.member("time", last.at)
                writer.endObject()
            }
            writer.member("time", context.now.wall)
            writer.endObject()
        }
    }

    // MARK: Events

    private func takeEvents(of station: FleetMember, _ context: RequestContext) -> HTTPResponse {
        let request = context.request
        let contentType = request.fields["Content-Type"]?.split(separator: ";").first ?? ""
        guard ASCII.equalIgnoringCase(contentType.filter { $0 != " " }, Self.eventsContentType) else {
            return ErrorBody.response(.unsupportedMediaType, "Content-Type must be \(Self.eventsContentType)")
        }
        guard fleetTraffic.admit(station.id) else {
            return Self.tryLater(.tooManyRequests, "One batch of events at a time", seconds: 1)
        }
        guard !isBacklogLong else {
            return Self.tryLater(
                .serviceUnavailable, "Half of the journal is not in the documents yet", seconds: Self.retrySeconds)
        }
        let elements: [JSONValue]
        do {
            let limits = JSONLimits(depthMax: Self.eventDepthMax, bytesMax: max(request.body.count, 1))
            guard let array = try JSONParser.parse(request.body, limits: limits).arrayValue else {
                return refuse("The body must be an array of events", of: station, context)
            }
            elements = array
        } catch {
            return refuse("The body is not valid JSON: \(error)", of: station, context)
        }
        do throws(FleetBatchFault) {
            let batch = try desk.batch(elements, of: station)
            fleetTraffic.malformed.remove(station.id)
            return take(batch, of: station, context)
        } catch {
            if case .malformed(let sentence) = error { return refuse(sentence, of: station, context) }
            return Self.response(to: error)
        }
    }

    /// Answers 400. A station that sends the same again and again is in the log once, until it sends something better.
    private func refuse(_ sentence: String, of station: FleetMember, _ context: RequestContext) -> HTTPResponse {
        if fleetTraffic.malformed.insert(station.id).inserted {
            context.loop.log.write(
                .warning, "Fleet", "Events of station \(station.id) are refused: \(sentence)", at: context.now)
        }
        return ErrorBody.response(.badRequest, sentence)
    }

    private func take(_ batch: FleetBatch, of station: FleetMember, _ context: RequestContext) -> HTTPResponse {
        let body = context.request.body
        let ranges = batch.events.isEmpty ? [] : body.elementRanges
        var problems: [String] = []
        var full: FleetBatchFault?
        do throws(Refusal) {
            for (index, event) in batch.events {
                full = lackOfRoom(for: event, context)
                guard full == nil else { break }
                let text = ranges.indices.contains(index) ? body[ranges[index]] : []
                for change in desk.fleetChanges(for: event) {
                    let taken = try take(change, text: text, now: context.now)
                    if case .reported(let reported) = taken, let problem = reported.problem { problems.append(problem) }
                }
            }
        } catch {
            // What was taken before is a beginning of the batch: it stays, and comes again as duplicates.
            return Self.tryLater(.serviceUnavailable, error.sentences.first ?? error.error, seconds: Self.retrySeconds)
        }
        if let first = problems.first {
            let count = "\(problems.count) event(s) that are kept but not understood"
            context.loop.log.write(
                .warning, "Fleet", "Station \(station.id) sent \(count), first \(first)", at: context.now)
        }
        // As above, what was taken stays.
        if let full { return Self.response(to: full) }
        let acceptedThrough = desk.fleetMember(station.id)?.acceptedThrough ?? 0
        return .json { writer in
            writer.beginObject()
            writer.member("acceptedThrough", PaddedSequence.text(acceptedThrough))
            writer.member("duplicates", batch.duplicateCount)
            writer.endObject()
        }
    }

    /// Why an event is not taken that would add to what is full already. The log says it once, and once when it is
    /// over.
    private func lackOfRoom(for event: FleetEvent, _ context: RequestContext) -> FleetBatchFault? {
        do throws(FleetBatchFault) {
            try desk.mustHaveRoom(for: event, now: context.now.wall)
            if fleetTraffic.full.contains(event.station), !desk.isFleetFull(for: event.station) {
                fleetTraffic.full.remove(event.station)
                context.loop.log.write(
                    .info, "Fleet", "There is room again for the tickets of station \(event.station)", at: context.now)
            }
            return nil
        } catch {
            if case .full(let sentence) = error, fleetTraffic.full.insert(event.station).inserted {
                context.loop.log.write(.error, "Fleet", sentence, at: context.now)
            }
            return error
        }
    }

    /// - Parameter text: the event as it came.
    /// - Returns: what was taken, which is less than what came where that is too large.
    private func take(
        _ change: FleetChange, text: ArraySlice<UInt8>, now: Moment
    ) throws(Refusal) -> FleetChange {
        var change = change
        var event = desk.fleetEvent(change, now: now.wall)
        var record = event.record(embedding: text)
        if record.count > journal.limits.recordBytesMax, case .reported(let reported) = change {
            // Nothing that a station sends may stop it for ever.
            change = .reported(reported.reduced)
            event = desk.fleetEvent(change, now: now.wall)
            record = event.record()
        }
        try stage(event, record: record)
        return change
    }

    private static func response(to fault: FleetBatchFault) -> HTTPResponse {
        switch fault {
        case .malformed(let sentence): return ErrorBody.response(.badRequest, sentence)
        case .full(let sentence): return tryLater(.serviceUnavailable, sentence, seconds: 60)
        case .gap(let expected):
            return .json(.conflict) { writer in
                writer.beginObject()
                writer.member("statusCode", 409)
                writer.member("message", "Events are missing from \(expected) on")
                writer.member("error", "Conflict")
                writer.member("expected", PaddedSequence.text(expected))
                writer.endObject()
            }
        }
    }

    static func tryLater(_ status: HTTPStatus, _ message: String, seconds: Int) -> HTTPResponse {
        var response = ErrorBody.response(status, message)
        response.fields.set("Retry-After", String(seconds))
        return response
    }

    // MARK: Commands

    private func commands(for station: FleetMember, _ context: RequestContext) -> Answer {
        let query = context.request.query
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
        for name in query.items.map(\.name) where !["after", "wait", "epoch"].contains(name) {
            faults.append("property \(name) should not exist")
        }
        guard faults.isEmpty else { return .response(ErrorBody.response(.badRequest, faults)) }
        if let known = query["epoch"], known != epoch { after = 0 }
        // Its numbers would be given a second time, and the station take new commands for old ones.
        guard query["epoch"] == nil || after <= journal.committedSequence else {
            let sentence =
                "There is no command \(after) here yet: the data directory was put back from a copy; stop the server "
                + "and run `stationd new-epoch`"
            return .response(ErrorBody.response(.conflict, sentence))
        }
        let hasSome = !desk.fleetCommands(waitingFor: station.id, after: after).isEmpty
        guard !hasSome, seconds > 0, !context.loop.isDraining else {
            return .response(commandsResponse(for: station.id, after: after))
        }
        makeRoomToWait(for: station.id, through: context.loop)
        let deadline = context.now.monotonic.advanced(byMilliseconds: Int64(seconds) * 1000)
        fleetTraffic.waiters.append(
            FleetTraffic.Waiter(
                station: station.id, connection: context.exchange.connection, after: after, deadline: deadline))
        return .later
    }

    private func commandsResponse(for station: Identifier, after: UInt64) -> HTTPResponse {
        .json { writer in
            writer.beginObject()
            writer.member("epoch", epoch)
            writer.key("commands")
            writer.beginArray()
            for command in desk.fleetCommands(waitingFor: station, after: after) {
                guard writer.bytes.count < Self.answerBytesMax else { break }
                command.writeForStation(into: &writer)
            }
            writer.endArray()
            writer.endObject()
        }
    }

    /// Forgets who has gone; of those who wait still the one who has waited longest is answered.
    private func makeRoomToWait(for station: Identifier, through loop: EventLoop) {
        fleetTraffic.waiters.removeAll { !loop.isConnected($0.connection) }
        guard fleetTraffic.waiters.count(where: { $0.station == station }) >= FleetTraffic.waitersPerStationMax,
            let place = fleetTraffic.waiters.firstIndex(where: { $0.station == station })
        else { return }
        answer(fleetTraffic.waiters.remove(at: place), through: loop)
    }

    private func answer(_ waiter: FleetTraffic.Waiter, through loop: EventLoop) {
        loop.respond(to: waiter.connection, with: commandsResponse(for: waiter.station, after: waiter.after))
    }

    /// Answers those for whom there is a command now. The answer goes out after the commit, as all do.
    func answerWaiters(of station: Identifier, through loop: EventLoop) {
        let served = fleetTraffic.waiters.filter { $0.station == station }
        guard !served.isEmpty else { return }
        fleetTraffic.waiters.removeAll { $0.station == station }
        for waiter in served { answer(waiter, through: loop) }
    }

    /// A station that was removed, or whose token has ended, waits for nothing any more.
    func dismissStation(after event: Event, through loop: EventLoop) {
        guard case .fleet(let change) = event.change else { return }
        let answer: HTTPResponse
        switch change {
        case .stationRemoved(let station): answer = Self.removed(station)
        case .tokenRenewed: answer = Self.response(to: .unauthorized("Unauthorized"))
        default: return
        }
        let dismissed = fleetTraffic.waiters.filter { $0.station == change.station }
        fleetTraffic.waiters.removeAll { $0.station == change.station }
        for waiter in dismissed { loop.respond(to: waiter.connection, with: answer) }
    }

    private static func removed(_ station: Identifier) -> HTTPResponse {
        ErrorBody.response(.gone, "Station \(station) was removed from the fleet")
    }

    /// Answers those who have waited long enough; all of them where the server is stopping.
    func answerWaitingStations(through loop: EventLoop, now: Moment) {
        guard !fleetTraffic.waiters.isEmpty else { return }
        let isOver = { (waiter: FleetTraffic.Waiter) in loop.isDraining || waiter.deadline <= now.monotonic }
        let served = fleetTraffic.waiters.filter(isOver)
        fleetTraffic.waiters.removeAll(where: isOver)
        for waiter in served { answer(waiter, through: loop) }
    }
}

extension [UInt8] {
    /// Where the elements of the array are that these bytes spell, which were parsed before.
    fileprivate var elementRanges: [Range<Int>] {
        var ranges: [Range<Int>] = []
        var slicer = JSONSlicer()
        let bytes = span
        slicer.beginArray(in: bytes)
        while slicer.nextElement(in: bytes), let range = slicer.value(in: bytes) { ranges.append(range) }
        return ranges
    }
}
