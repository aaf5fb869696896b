import Bytes
import Domain
import Gateway
import HTTP
import JSON
import Platform

/// What a password is hashed or compared for.
enum PasswordPurpose {
    /// The user is nil where nobody has this address: the work is done all the same, so that time does not tell.
    case login(exchange: Exchange, account: String, user: Identifier?)
    /// The current password is compared first, then the new one hashed.
    case checkCurrent(exchange: Exchange, user: Identifier, new: String)
    case changeOwn(exchange: Exchange, user: Identifier)
    case createUser(exchange: Exchange, caller: Caller, draft: UserDraft)
    case updateUser(exchange: Exchange, caller: Caller, user: Identifier, patch: UserPatch)
    /// A user of a station of the fleet.
    case queueCommand(exchange: Exchange, caller: Caller, station: Identifier, draft: FleetCommandDraft)

    var exchange: Exchange {
        switch self {
        case .login(let exchange, _, _), .checkCurrent(let exchange, _, _), .changeOwn(let exchange, _),
            .createUser(let exchange, _, _), .updateUser(let exchange, _, _, _), .queueCommand(let exchange, _, _, _):
            exchange
        }
    }
}

/// Everything that takes a password hash, which takes longer than a turn may: a child process does it.
extension StationService {
    private static let childTimeoutMillis: Int64 = 30_000
    private static let queueRetrySeconds = 5
    private static let wrong = "Invalid credentials"

    /// A hash of nobody's password, as costly to compare with as a real one.
    private static let nobodysHash =
        "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7"

    // MARK: Requests

    func login(_ context: RequestContext) throws(Refusal) -> Answer {
        let form = try LoginForm(try context.json())
        let account = ASCII.lowercased(form.email)
        try mustBeAllowedToTry(account, context.exchange.peer, now: context.now)
        let user = desk.user(withEmail: form.email)
        let hash = user.map(\.passwordHash) ?? Self.nobodysHash
        return try enqueue(
            .verifyPassword(password: form.password, hash: hash),
            for: .login(exchange: context.exchange, account: account, user: user?.id), context)
    }

    func changePassword(_ context: RequestContext, _ user: User) throws(Refusal) -> Answer {
        let change = try PasswordChange(try context.json())
        try mustBeAllowedToTry(ASCII.lowercased(user.email), context.exchange.peer, now: context.now)
        return try enqueue(
            .verifyPassword(password: change.current, hash: user.passwordHash),
            for: .checkCurrent(exchange: context.exchange, user: user.id, new: change.new), context)
    }

    func createUser(_ context: RequestContext, _ caller: Caller) throws(Refusal) -> Answer {
        try mustBeAdmin(caller)
        let draft = try UserDraft(try context.json())
        // Refused now if it will be refused anyway.
        _ = try desk.decide(.createUser(draft, passwordHash: ""), by: caller, now: context.now.wall)
        return try enqueue(
            .hashPassword(password: draft.password),
            for: .createUser(exchange: context.exchange, caller: caller, draft: draft), context)
    }

    func updateUser(_ text: String, _ context: RequestContext, _ caller: Caller) throws(Refusal) -> Answer {
        try mustBeAdmin(caller)
        let id = try PathParameter.identifier(text)
        let patch = try UserPatch(try context.json())
        guard let password = patch.password else {
            _ = try execute(.updateUser(id, patch, passwordHash: nil), by: caller, now: context.now)
            return .response(try userResponse(id, caller))
        }
        _ = try desk.decide(.updateUser(id, patch, passwordHash: ""), by: caller, now: context.now.wall)
        return try enqueue(
            .hashPassword(password: password),
            for: .updateUser(exchange: context.exchange, caller: caller, user: id, patch: patch), context)
    }

    private func mustBeAllowedToTry(_ account: String, _ peer: PeerAddress, now: Moment) throws(Refusal) {
        let wait = loginTries.wait(
            account: account, site: peer.site, limits: configuration.limits, now: now.monotonic)
        guard let wait else { return }
        throw .tooMany("Too many failed logins: try again later", retryAfterSeconds: Int((wait + 999) / 1000))
    }

    // MARK: The queue

    func enqueue(
        _ job: ChildJob, for purpose: PasswordPurpose, _ context: RequestContext
    ) throws(Refusal) -> Answer {
        let isTaken = passwordQueue.add(job, for: purpose, waitingMax: configuration.limits.passwordQueueMax)
        guard isTaken else {
            throw .tooMany("Too many logins at once: try again", retryAfterSeconds: Self.queueRetrySeconds)
        }
        startPasswordWork(through: context.loop, now: context.now)
        return .later
    }

    func startPasswordWork(through loop: EventLoop, now: Moment) {
        while let (job, purpose) = passwordQueue.takeNext(
            runningMax: configuration.limits.passwordHashesAtOnceMax)
        {
            do throws(Refusal) {
                // What waited behind failures is limited by them.
                if case .login(let exchange, let account, _) = purpose {
                    try mustBeAllowedToTry(account, exchange.peer, now: now)
                }
                guard let child = loop.start(command(job), timeoutMillis: Self.childTimeoutMillis) else {
                    throw .tooMany("The station is busy: try again", retryAfterSeconds: Self.queueRetrySeconds)
                }
                passwordQueue.noteStart(of: child, for: purpose)
            } catch {
                loop.respond(to: purpose.exchange.connection, with: Self.response(to: error))
            }
        }
    }

    func passwordWorkEnded(_ purpose: PasswordPurpose, result: JSONValue, through loop: EventLoop, now: Moment) {
        let response: HTTPResponse?
        do throws(Refusal) {
            response = try complete(purpose, result: result, through: loop, now: now)
        } catch {
            response = Self.response(to: error)
        }
        if let response { loop.respond(to: purpose.exchange.connection, with: response) }
    }

    /// The answer, or nil where more work is to be done first.
    private func complete(
        _ purpose: PasswordPurpose, result: JSONValue, through loop: EventLoop, now: Moment
    ) throws(Refusal) -> HTTPResponse? {
        if let problem = result["error"]?.stringValue ?? (result.isNull ? "it gave no result" : nil) {
            loop.log.write(.error, "Passwords", "A password could not be worked on: \(problem)", at: now)
            return Self.tryLater(
                .serviceUnavailable, "The password could not be worked on: try again", seconds: Self.queueRetrySeconds)
        }
        switch purpose {
        case .login(let exchange, let account, let user):
            return try completeLogin(result, exchange, account, user, now: now)
        case .checkCurrent(let exchange, let user, let new):
            guard result["match"]?.boolValue == true else {
                if let user = desk.user(user) {
                    noteFailure(ASCII.lowercased(user.email), exchange.peer, now: now)
                }
                throw .unauthorized("The current password is wrong")
            }
            let isTaken = passwordQueue.add(
                .hashPassword(password: new), for: .changeOwn(exchange: exchange, user: user), waitingMax: .max)
            return isTaken ? nil : ErrorBody.response(.serviceUnavailable, "Service Unavailable")
        case .changeOwn(_, let user):
            _ = try execute(.changePassword(passwordHash: try hash(in: result)), by: .user(user), now: now)
            guard let changed = desk.user(user) else { throw .notFound("User not found") }
            // The caller's own token ends with the others, so it gets a new one.
            return tokenResponse(for: changed, now: now)
        case .createUser(_, let caller, let draft):
            let decision = try execute(
                .createUser(draft, passwordHash: try hash(in: result)), by: caller, now: now)
            guard case .event(let event) = decision, case .userCreated(let user) = event.change else {
                return ErrorBody.response(.internalServerError, "Internal server error")
            }
            return .json(.created) { user.write(into: &$0) }
        case .updateUser(_, let caller, let id, let patch):
            _ = try execute(.updateUser(id, patch, passwordHash: try hash(in: result)), by: caller, now: now)
            return try userResponse(id, caller)
        case .queueCommand(_, let caller, let station, var draft):
            draft.data["password_hash"] = .string(try hash(in: result))
            return try queue(draft, for: station, by: caller, through: loop, now: now)
        }
    }

    private func completeLogin(
        _ result: JSONValue, _ exchange: Exchange, _ account: String, _ id: Identifier?, now: Moment
    ) throws(Refusal) -> HTTPResponse {
        guard result["match"]?.boolValue == true, let user = id.flatMap({ desk.user($0) }), user.isActive else {
            noteFailure(account, exchange.peer, now: now)
            throw .unauthorized(Self.wrong)
        }
        loginTries.noteSuccess(account: account)
        return tokenResponse(for: user, now: now)
    }

    private func noteFailure(_ account: String, _ peer: PeerAddress, now: Moment) {
        loginTries.noteFailure(
            account: account, site: peer.site, limits: configuration.limits, now: now.monotonic)
    }

    private func hash(in result: JSONValue) throws(Refusal) -> String {
        guard let hash = result["hash"]?.stringValue, !hash.isEmpty else {
            throw .unprocessable("The password could not be hashed")
        }
        return hash
    }

    func mustBeAdmin(_ caller: Caller) throws(Refusal) {
        guard let id = caller.userID else { return }
        guard desk.user(id)?.role == .admin else { throw .forbidden("Forbidden resource") }
    }
}
