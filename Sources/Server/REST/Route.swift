import Bytes
import Domain
import Gateway
import HTTP

/// One line of the table of routes: the requests that it matches, their access, and their handler.
struct Route {
    /// The callers whose requests are answered.
    enum Access {
        /// Anyone, without a token.
        case anyone
        /// A user with a valid token.
        case user
        /// An admin of this central server.
        case admin
        /// A member of the fleet that its path names, with the member's own token.
        case member
    }

    /// The handler, as a method of the part that answers.
    enum Handler {
        case anyone((REST) -> (APIRequest) throws(Refusal) -> Answer)
        case user((REST) -> (APIRequest, User) throws(Refusal) -> Answer)
        case tickets((TicketAPI) -> (APIRequest, Caller) throws(Refusal) -> HTTPResponse)
        case ticketJob((TicketAPI) -> (APIRequest, Caller) throws(Refusal) -> any Job)
        case answers((AnswerAPI) -> (APIRequest, Caller) throws(Refusal) -> HTTPResponse)
        case answerJob((AnswerAPI) -> (APIRequest, Caller) throws(Refusal) -> any Job)
        case inbox((InboxAPI) -> (APIRequest, Caller) throws(Refusal) -> HTTPResponse)
        case inboxJob((InboxAPI) -> (APIRequest, Caller) throws(Refusal) -> any Job)
        case people((PeopleAPI) -> (APIRequest, Caller) throws(Refusal) -> Answer)
        case peopleJob((PeopleAPI) -> (APIRequest, Caller) throws(Refusal) -> any Job)
        case admin((FleetAPI) -> (APIRequest, Caller) throws(Refusal) -> Answer)
        case fleetJob((FleetAPI) -> (APIRequest, Caller) throws(Refusal) -> any Job)
        case member(MemberHandler)

        typealias MemberHandler = (CentralRole) -> (APIRequest, FleetMember) -> Answer
    }

    /// The part of the state that the answer shows, for whose changes it waits until they are durable.
    enum Shown {
        /// Durable state alone, or none.
        case nothing
        /// Users and swap stations.
        case people
        /// The ticket that the path names.
        case ticket
        /// The tickets of the user that the path names.
        case ticketsOfUser
        /// The tickets that the caller may see.
        case ownTickets
        /// The caller's notifications.
        case inbox
        /// A central server's fleet.
        case fleet
        /// Anything, and the effect of the request itself.
        case everything
    }

    /// The longest body of a request whose fields are short by nature; a longer one is answered 413.
    static let shortBodyBytesMax = 16 * 1024

    let method: HTTPMethod
    /// The path with `{…}` for a parameter, for example `/api/v1/support/{id}`.
    let path: String
    let handler: Handler
    let shown: Shown
    /// A longer body is answered 413; nil if only the limit of all bodies holds.
    let bodyBytesMax: Int?
    /// Whether it changes something, so that it counts toward the caller's quota of changes.
    let isChange: Bool

    /// - Parameter isChange: nil if the method tells.
    init(
        _ method: HTTPMethod, _ path: String, _ handler: Handler, shows shown: Shown = .everything,
        bodyBytesMax: Int? = nil, isChange: Bool? = nil
    ) {
        self.method = method
        self.path = path
        self.handler = handler
        self.shown = shown
        self.bodyBytesMax = bodyBytesMax
        self.isChange = isChange ?? (method != .get)
    }

    /// The access, which is also what the handler needs to know about the caller.
    var access: Access {
        switch handler {
        case .anyone: .anyone
        case .user, .tickets, .ticketJob, .answers, .answerJob, .inbox, .inboxJob, .people, .peopleJob: .user
        case .admin, .fleetJob: .admin
        case .member: .member
        }
    }

    /// Whether the caller is a user, who must be authenticated first.
    var needsUser: Bool { access == .user || access == .admin }

    /// Requests that walk through an inbox cost as much as this number of others.
    static let heavyEvents = 16

    /// Whether it is one of those.
    var isHeavy: Bool {
        switch handler {
        case .inbox: true
        default: false
        }
    }

    /// The segments of the path after its leading slash.
    var segments: [Substring] { path.split(separator: "/", omittingEmptySubsequences: true) }
}

/// The routes by path, as a tree of segments.
///
/// `Allow`, 404 and 405 follow from it: a path without a node is unknown, and a node's methods are all that its path
/// has.
struct RouteTable {
    /// All routes of one path.
    final class Resource {
        fileprivate(set) var routes: [Route]
        let parameterPlaces: [Int]
        /// The value of `Allow` (RFC 9110, section 10.2.1). GET implies HEAD, and every resource answers OPTIONS.
        private(set) var allow = ""

        fileprivate init(_ route: Route) {
            routes = []
            parameterPlaces = route.segments.enumerated().filter { $1.hasPrefix("{") }.map(\.offset)
            add(route)
        }

        fileprivate func add(_ route: Route) {
            routes.append(route)
            let order: [HTTPMethod] = [.get, .head, .post, .put, .patch, .delete]
            let methods = Set(routes.map(\.method)).union(routes.contains { $0.method == .get } ? [.head] : [])
            let names = order.filter(methods.contains).map { $0.rawValue.uppercased() }
            allow = (names + ["OPTIONS"]).joined(separator: ", ")
        }

        /// The route for a method; HEAD is answered by that for GET.
        func route(for method: HTTPMethod) -> Route? {
            let method = method == .head ? .get : method
            return routes.first { $0.method == method }
        }
    }

    private final class Node {
        var literals: [(segment: String, node: Node)] = []
        var parameter: Node?
        var resource: Resource?

        func child(_ segment: Substring) -> Node {
            if segment.hasPrefix("{") {
                let node = parameter ?? Node()
                parameter = node
                return node
            }
            if let known = literals.first(where: { $0.segment == segment }) { return known.node }
            let node = Node()
            literals.append((String(segment), node))
            // The web front end of the backend that stations replace says it so.
            if segment == "support" { literals.append(("supports", node)) }
            if segment == "support.csv" { literals.append(("supports.csv", node)) }
            return node
        }
    }

    private let root = Node()

    init(_ routes: [Route]) {
        for route in routes {
            var node = root
            for segment in route.segments { node = node.child(segment) }
            if let resource = node.resource { resource.add(route) } else { node.resource = Resource(route) }
        }
    }

    /// The resource at a path; nil if there is none. A literal segment goes before a parameter, and a slash at the end
    /// means nothing, as in Express. The case of literal segments does not matter; empty segments do.
    func resource(at segments: [String]) -> Resource? {
        Self.find(root, segments.last == "" ? segments.dropLast() : segments[...])
    }

    private static func find(_ node: Node, _ segments: ArraySlice<String>) -> Resource? {
        guard let first = segments.first else { return node.resource }
        let rest = segments.dropFirst()
        if let known = literal(first, of: node), let found = find(known, rest) { return found }
        guard let parameter = node.parameter else { return nil }
        return find(parameter, rest)
    }
    private static func literal(_ segment: String, of node: Node) -> Node? {
        // Most parameters are numbers, and no literal begins with a digit.
        guard let first = segment.utf8.first, !first.isASCIIDigit else { return nil }
        // Nearly all others have another length, which is quicker to see, and nearly all segments are in lower case.
        let count = segment.utf8.count
        for known in node.literals where known.segment.utf8.count == count {
            if known.segment == segment || ASCII.equalIgnoringCase(known.segment, segment) { return known.node }
        }
        return nil
    }
}
