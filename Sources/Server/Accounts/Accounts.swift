import Bytes
import Domain
import Gateway
import HTTP
import JSON
import Platform

/// Signing in and out: login attempts, and the work on passwords.
///
/// Hashing or comparing a password takes longer than a turn may, so a child process does it.
final class Accounts {
    private static let childTimeoutMillis: Int64 = 30_000
    private static let queueRetrySeconds = 5
    private static let wrongCredentials = "Invalid credentials"
    /// A hash of nobody's password, as costly to compare with as a real one.
    private static let nobodysHash =
        "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7"

    private let durable: DurableDesk
    private let configuration: LiveConfiguration
    let tokens: AccessTokens
    private let refusals: RefusalCounts
    private var attempts = LoginAttempts()
    /// The number of failed logins since the start.
    private(set) var failureCount = 0
    /// Logins and changes of password, right and wrong ones.
    private var checksByAccount = MinuteQuota<String>()
    private var checksByAddress = MinuteQuota<Site>()
    private var queue = PasswordQueue<PasswordPurpose>()

    /// - Parameter secret: signs tokens; at least 32 bytes.
    init(durable: DurableDesk, configuration: LiveConfiguration, refusals: RefusalCounts, secret: [UInt8]) {
        self.durable = durable
        self.configuration = configuration
        self.refusals = refusals
        tokens = AccessTokens(durable: durable, configuration: configuration, secret: secret)
    }

    private var desk: Desk { durable.desk }

    /// The number of passwords that wait to be hashed or compared.
    var waitingCount: Int { queue.waitingCount }

    /// The part of the state that a user's notifications show.
    func inboxScope(of user: Identifier) -> StateScope { durable.inboxScope(of: user) }

    /// Whether the state is ahead of what is durable.
    var isAhead: Bool { desk.lastSequence > durable.durableSequence }

    /// For what an answer must wait that shows this part of the state.
    func dependency(showing scope: StateScope) -> Dependency { durable.dependency(showing: scope) }

    // MARK: Tokens

    /// The user that an `Authorization` field speaks for.
    func authenticate(authorization: ArraySlice<UInt8>?, now: Moment) throws(Refusal) -> User {
        guard let authorization, let token = BearerToken.parse(bytes: authorization) else {
            throw .unauthorized("Unauthorized")
        }
        return try tokens.authenticate(token, now: now)
    }

    /// The user that a token speaks for, who must exist, be active, and not have ended it.
    func authenticate(token: String, now: Moment) throws(Refusal) -> User {
        try tokens.authenticate(Array(token.utf8)[...], now: now)
    }

    /// The user with this number, if there is one.
    func user(_ id: Identifier) -> User? { desk.user(id) }

    /// A new token as `{access_token, accessToken, token_type, expires_in, user}`.
    ///
    /// - Parameter hours: the token's lifetime; nil for the configured one.
    func tokenResponse(for user: User, hours: Int? = nil, now: Moment) -> HTTPResponse {
        tokens.response(for: user, hours: hours, now: now)
    }

    /// The session of a request that was authenticated by its token.
    private func session(of request: APIRequest) throws(Refusal) -> AccessTokens.Session {
        guard let field = request.request.fields["Authorization"], let token = BearerToken.parse(field) else {
            throw .unauthorized("Unauthorized")
        }
        return try tokens.session(Array(token.utf8)[...], now: request.now)
    }

    /// A new token in place of the one that the request came with.
    func refresh(_ request: APIRequest) throws(Refusal) -> HTTPResponse {
        try tokens.renewal(of: try session(of: request), now: request.now)
    }

    /// Ends the token that the request came with, or all of its user's with `{"everywhere": true}`.
    func logOut(_ request: APIRequest, _ form: LogoutForm) throws(Refusal) -> HTTPResponse {
        try tokens.end(try session(of: request), everywhere: form.isEverywhere, now: request.now)
        return HTTPResponse(status: .noContent)
    }

    /// Ends all tokens of a user.
    func endTokens(of id: Identifier, by caller: Caller, now: Moment) throws(Refusal) -> HTTPResponse {
        try durable.execute(.endTokens(of: id, nil), by: caller, now: now)
        return HTTPResponse(status: .noContent)
    }

    /// Who sent a request that was authenticated by its token.
    private func requester(_ request: APIRequest) throws(Refusal) -> PasswordRequester {
        let session = try session(of: request)
        return PasswordRequester(
            caller: .user(session.user.id), token: session.standing, passwordHash: session.user.passwordHash)
    }

    // MARK: Requests that need work on a password

    func login(_ request: APIRequest) throws(Refusal) -> Answer {
        let form = try LoginForm(try request.json(.strict))
        let user: User?
        let account: String
        switch form.name {
        case .email(let email):
            account = ASCII.lowercased(email)
            // Users are looked through one by one, so what is refused anyway is refused before.
            try requireAttempt(account, request.exchange.peer, now: request.now)
            user = desk.user(withEmail: email)
        case .phone(let number):
            request.loop.chargeShare(Route.heavyEvents)
            user = desk.user(withPhone: number)
            // By either name it is the same account, and so has the same attempts.
            account = user.map { ASCII.lowercased($0.email) } ?? number.text
            try requireAttempt(account, request.exchange.peer, now: request.now)
        }
        // If nobody has this name the work is done anyway, so that the time taken tells nothing.
        let hash = user.map(\.passwordHash) ?? Self.nobodysHash
        return try enqueue(
            .verifyPassword(password: form.password, hash: hash),
            for: .login(exchange: request.exchange, account: account, user: user?.id, hash: hash), of: account, request)
    }

    func changePassword(_ request: APIRequest, of user: User) throws(Refusal) -> Answer {
        let change = try PasswordChange(try request.json())
        let account = ASCII.lowercased(user.email)
        try requireAttempt(account, request.exchange.peer, now: request.now)
        return try enqueue(
            .verifyPassword(password: change.current, hash: user.passwordHash),
            for: .checkCurrent(
                exchange: request.exchange, account: account, by: try requester(request), new: change.new),
            of: account, request)
    }

    func createUser(_ request: APIRequest, by caller: Caller) throws(Refusal) -> Answer {
        try requireAdmin(caller)
        let body = try request.json()
        let draft = try UserDraft(body)
        let key = try request.idempotencyKey(for: body, in: "users")
        // Refused now if it will be refused anyway, and answered if it was answered before.
        let decision = try durable.desk(at: request.now).decide(
            .createUser(draft, passwordHash: ""), key: key, by: caller, now: request.now.wall)
        if case .repeated(let first) = decision { return .response(.json(.created, first.json)) }
        return try enqueue(
            .hashPassword(password: draft.password),
            for: .createUser(exchange: request.exchange, by: try requester(request), draft: draft, key: key),
            of: account(of: caller), request)
    }

    func updateUser(_ id: Identifier, _ request: APIRequest, by caller: Caller) throws(Refusal) -> Answer {
        let patch = try UserPatch(try request.changes())
        guard let password = patch.password else {
            try durable.updateUser(id, patch, passwordHash: nil, by: caller, now: request.now)
            return .response(try userResponse(id, caller))
        }
        _ = try desk.decide(.updateUser(id, patch, passwordHash: ""), by: caller, now: request.now.wall)
        return try enqueue(
            .hashPassword(password: password),
            for: .updateUser(exchange: request.exchange, by: try requester(request), user: id, patch: patch),
            of: account(of: caller), request)
    }

    /// Hashes the password of a user of a member of the fleet; the command is queued with the hash.
    func hashPassword(
        _ password: String, for draft: FleetCommandDraft, member: Identifier, _ request: APIRequest, by caller: Caller
    ) throws(Refusal) -> Answer {
        try enqueue(
            .hashPassword(password: password),
            for: .memberCommand(
                exchange: request.exchange, by: try requester(request), member: member, draft: draft),
            of: account(of: caller), request)
    }

    /// The account whose share of the work on passwords a caller uses.
    private func account(of caller: Caller) -> String {
        caller.userID.flatMap { desk.user($0) }.map { ASCII.lowercased($0.email) } ?? ""
    }

    func userResponse(_ id: Identifier, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let user = try desk.user(id, for: caller)
        return .json { user.write(into: &$0) }
    }

    func requireAdmin(_ caller: Caller) throws(Refusal) {
        guard let id = caller.userID else { return }
        guard desk.user(id)?.role == .admin else { throw .forbidden("Forbidden resource") }
    }

    /// - Throws: `tooMany` if too many have failed, or too many were tried within a minute.
    private func requireAttempt(_ account: String, _ peer: PeerAddress, now: Moment) throws(Refusal) {
        let limits = configuration.limits
        if let wait = attempts.wait(account: account, site: peer.site, limits: limits, now: now.monotonic) {
            throw refused(.loginTries, "Too many failed logins: try again later", waitMillis: wait)
        }
        let perAccount = limits.passwordsPerMinutePerAccountMax
        let share = share(of: account, peer)
        if let wait = checksByAccount.wait(share, perMinute: perAccount, now: now.monotonic) {
            throw refused(.passwordsPerAccount, "Too many logins to this account: try again later", waitMillis: wait)
        }
        let perAddress = limits.passwordsPerMinutePerAddressMax
        if let wait = checksByAddress.wait(peer.site, perMinute: perAddress, now: now.monotonic) {
            throw refused(.passwordsPerAddress, "Too many logins from this address: try again later", waitMillis: wait)
        }
    }

    /// What an attempt's share of the account is counted by. Addresses where somebody has signed in to the account have
    /// one of their own, which strangers cannot use up.
    private func share(of account: String, _ peer: PeerAddress) -> String {
        attempts.knows(peer.site, of: account) ? "\(account) \(peer.site)" : account
    }

    private func refused(_ limit: RefusingLimit, _ message: String, waitMillis: Int64) -> Refusal {
        refusals.note(limit)
        return .tooMany(message, retryAfterSeconds: Int((waitMillis + 999) / 1000))
    }

    /// Counts a failed login, and writes the line that fail2ban and the like look for.
    private func noteFailure(_ account: String, _ peer: PeerAddress, through loop: EventLoop, now: Moment) {
        failureCount += 1
        loop.log.write(.info, "Accounts", "Failed login from \(peer) to \(account)", at: now)
        attempts.noteFailure(account: account, site: peer.site, limits: configuration.limits, now: now.monotonic)
    }

    /// Forgets the failed logins of a user.
    func unlock(_ user: User) {
        attempts.unlock(account: ASCII.lowercased(user.email))
        checksByAccount.forget(ASCII.lowercased(user.email))
    }

    // MARK: The queue

    /// - Parameter account: the account whose share of the queue the work uses.
    private func enqueue(
        _ job: ChildJob, for purpose: PasswordPurpose, of account: String, _ request: APIRequest
    ) throws(Refusal) -> Answer {
        let limits = configuration.limits
        let bounds = PasswordQueue<PasswordPurpose>.Bounds(
            waitingMax: limits.passwordQueueMax, perAddressMax: limits.passwordQueuePerAddressMax,
            perAccountMax: limits.passwordQueuePerAccountMax)
        let peer = request.exchange.peer
        let origin = PasswordQueue<PasswordPurpose>.Origin(site: peer.site, account: share(of: account, peer))
        if !queue.hasRoom(for: origin, within: bounds) { dropDeparted(through: request.loop) }
        switch queue.add(job, for: purpose, of: origin, within: bounds) {
        case .added: break
        case .replaced(let other, let limit):
            request.loop.respond(to: other.exchange.connection, with: HTTPResponse(tooManyWait(limit)))
        case .refused(let limit): throw tooManyWait(limit)
        }
        startWork(through: request.loop, now: request.now)
        return .later
    }

    private func tooManyWait(_ limit: RefusingLimit) -> Refusal {
        refused(limit, "Too many logins at once: try again", waitMillis: Int64(Self.queueRetrySeconds) * 1000)
    }

    /// Drops the tasks of clients that have left.
    private func dropDeparted(through loop: EventLoop) {
        let dropped = queue.removeAll { loop.hasLeft($0.exchange.connection) }
        for purpose in dropped { release(purpose, through: loop) }
    }

    /// Answers a client that has ended its side: if it has not left altogether, it can come back.
    private func release(_ purpose: PasswordPurpose, through loop: EventLoop) {
        loop.respond(
            to: purpose.exchange.connection,
            with: .tryLater(
                .serviceUnavailable, "The connection has ended: try again", seconds: Self.queueRetrySeconds))
    }

    private func startWork(through loop: EventLoop, now: Moment) {
        while let (job, purpose) = queue.dequeue(runningMax: configuration.limits.passwordHashesAtOnceMax) {
            guard !loop.hasLeft(purpose.exchange.connection) else {
                release(purpose, through: loop)
                continue
            }
            do throws(Refusal) {
                // Attempts that waited while others failed, or were made, are limited by those.
                if let account = purpose.checkedAccount {
                    try requireAttempt(account, purpose.exchange.peer, now: now)
                }
                let command = job.command(dataPath: configuration.current.data)
                guard let child = loop.start(command, timeoutMillis: Self.childTimeoutMillis) else {
                    throw .tooMany("The station is busy: try again", retryAfterSeconds: Self.queueRetrySeconds)
                }
                if let account = purpose.checkedAccount { noteCheck(account, purpose.exchange.peer, now: now) }
                queue.noteStart(of: child, for: purpose)
            } catch {
                loop.respond(to: purpose.exchange.connection, with: HTTPResponse(error), after: .nothing)
            }
        }
    }

    private func noteCheck(_ account: String, _ peer: PeerAddress, now: Moment) {
        let limits = configuration.limits
        checksByAccount.note(
            share(of: account, peer), perMinute: limits.passwordsPerMinutePerAccountMax, now: now.monotonic)
        checksByAddress.note(peer.site, perMinute: limits.passwordsPerMinutePerAddressMax, now: now.monotonic)
    }

    /// Handles the end of a child process that worked on a password; false if it was another.
    ///
    /// - Parameter queueCommand: queues a command to a member whose password is hashed now.
    func childEnded(
        _ child: ConnectionID, result: JSONValue, through loop: EventLoop, now: Moment,
        queueCommand: (FleetCommandDraft, Identifier, Caller) throws(Refusal) -> HTTPResponse
    ) -> Bool {
        guard let purpose = queue.removePurpose(of: child) else { return false }
        let response: HTTPResponse?
        do throws(Refusal) {
            if let problem = result["error"]?.stringValue ?? (result.isNull ? "it gave no result" : nil) {
                loop.log.write(.error, "Passwords", "A password could not be hashed or compared: \(problem)", at: now)
                response = .tryLater(
                    .serviceUnavailable, "The password could not be processed: try again",
                    seconds: Self.queueRetrySeconds)
            } else {
                response = try complete(purpose, result: result, through: loop, now: now, queueCommand: queueCommand)
                // The right password proves as much as a token.
                if case .login = purpose { loop.noteAuthenticated(purpose.exchange.connection) }
            }
        } catch {
            response = HTTPResponse(error)
        }
        let dependency: Dependency =
            if case .login = purpose { dependency(showing: .people) } else { .everything }
        if let response { loop.respond(to: purpose.exchange.connection, with: response, after: dependency) }
        startWork(through: loop, now: now)
        return true
    }

    /// The answer, or nil if more work is to be done first.
    private func complete(
        _ purpose: PasswordPurpose, result: JSONValue, through loop: EventLoop, now: Moment,
        queueCommand: (FleetCommandDraft, Identifier, Caller) throws(Refusal) -> HTTPResponse
    ) throws(Refusal) -> HTTPResponse? {
        switch purpose {
        case .login(let exchange, let account, let user, let hash):
            guard result["match"]?.boolValue == true, let user = user.flatMap({ desk.user($0) }), user.isActive,
                user.passwordHash == hash
            else {
                noteFailure(account, exchange.peer, through: loop, now: now)
                throw .unauthorized(Self.wrongCredentials)
            }
            attempts.noteSuccess(account: account, site: exchange.peer.site, now: now.monotonic)
            return tokenResponse(for: user, now: now)
        case .checkCurrent(let exchange, let account, let requester, let new):
            guard result["match"]?.boolValue == true else {
                noteFailure(account, exchange.peer, through: loop, now: now)
                throw .unauthorized("The current password is wrong")
            }
            queue.addSecondStep(.hashPassword(password: new), for: .changeOwn(exchange: exchange, by: requester))
            return nil
        case .changeOwn(_, let requester):
            // A reset, or signing out, is later than this request and stays.
            try requester.check(in: desk)
            guard let id = requester.caller.userID else { throw .unauthorized("Unauthorized") }
            try durable.execute(
                .changePassword(passwordHash: try Self.hash(in: result)), by: requester.caller, now: now)
            guard let changed = desk.user(id) else { throw .notFound("User not found") }
            // The caller's own token ends with the others, so it gets a new one.
            return tokenResponse(for: changed, now: now)
        case .createUser(_, let requester, let draft, let key):
            try requester.check(in: desk)
            let user = Command.createUser(draft, passwordHash: try Self.hash(in: result))
            return .json(.created, try durable.create(user, key: key, by: requester.caller, now: now).answer.json)
        case .updateUser(_, let requester, let id, let patch):
            try requester.check(in: desk)
            let caller = requester.caller
            try durable.updateUser(id, patch, passwordHash: try Self.hash(in: result), by: caller, now: now)
            return try userResponse(id, caller)
        case .memberCommand(_, let requester, let member, var draft):
            try requester.check(in: desk)
            draft.data["password_hash"] = .string(try Self.hash(in: result))
            return try queueCommand(draft, member, requester.caller)
        }
    }

    private static func hash(in result: JSONValue) throws(Refusal) -> String {
        guard let hash = result["hash"]?.stringValue, !hash.isEmpty else {
            throw .unprocessable("The password could not be hashed")
        }
        return hash
    }
}

/// The purpose for which a password is hashed or compared.
enum PasswordPurpose {
    /// The user is nil if nobody has this address. The hash is the one that the password is compared with: it may have
    /// changed when that has been done.
    case login(exchange: Exchange, account: String, user: Identifier?, hash: String)
    /// The current password is compared first, then the new one hashed.
    case checkCurrent(exchange: Exchange, account: String, by: PasswordRequester, new: String)
    case changeOwn(exchange: Exchange, by: PasswordRequester)
    case createUser(exchange: Exchange, by: PasswordRequester, draft: UserDraft, key: IdempotencyKey?)
    case updateUser(exchange: Exchange, by: PasswordRequester, user: Identifier, patch: UserPatch)
    /// A user of a member of the fleet.
    case memberCommand(exchange: Exchange, by: PasswordRequester, member: Identifier, draft: FleetCommandDraft)

    var exchange: Exchange {
        switch self {
        case .login(let exchange, _, _, _), .checkCurrent(let exchange, _, _, _), .changeOwn(let exchange, _),
            .createUser(let exchange, _, _, _), .updateUser(let exchange, _, _, _),
            .memberCommand(let exchange, _, _, _):
            exchange
        }
    }

    /// The account whose password is compared, for which attempts are limited; nil if a new password is hashed.
    var checkedAccount: String? {
        switch self {
        case .login(_, let account, _, _), .checkCurrent(_, let account, _, _): account
        case .changeOwn, .createUser, .updateUser, .memberCommand: nil
        }
    }
}

/// Who asked for work on a password, as of that moment: what ends the token meanwhile ends the request too.
struct PasswordRequester {
    let caller: Caller
    let token: TokenStanding
    /// The hash of the caller's own password then.
    let passwordHash: String

    /// Throws `unauthorized` if the caller could not ask for it now.
    func check(in desk: Desk) throws(Refusal) {
        guard let id = caller.userID else { return }
        let user = try desk.authenticated(id, token)
        guard user.passwordHash == passwordHash else {
            throw .unauthorized("Unauthorized: the password has been changed meanwhile")
        }
    }
}
