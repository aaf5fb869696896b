import JSON

// deliveries/<page>.json: page, deliveries [{user_id, through, addressed, created}], sequence.

/// The cursors of users with neighbouring numbers: up to which event each has provably been told everything.
///
/// Cursors move all the time and inboxes are long, so they are separate documents. With pages, a thousand admins who
/// hear of the same ticket touch sixteen documents instead of a thousand.
struct DeliveryPage: Hashable, DeskDocument, Numbered {
    /// The number of users on a page.
    static let length: Identifier = 64

    /// The number of the page, from 1 upwards.
    let id: Identifier

    /// By rising user.
    private(set) var deliveries: [DeliveryMark] = []
    private(set) var documentSequence: UInt64 = 0

    /// The page that the user `id` is on.
    static func page(of id: Identifier) -> Identifier { (max(id, 1) - 1) / length + 1 }

    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        self.id = id
        for entry in try reader.readers("deliveries") { deliveries.append(try DeliveryMark(entry)) }
        guard zip(deliveries, deliveries.dropFirst()).allSatisfy({ $0.user < $1.user }) else {
            throw reader.fault("deliveries", "must rise by user_id")
        }
        documentSequence = try reader.sequence("sequence")
    }

    init?(madeBy event: Event, id: Identifier) {
        guard case .notificationsDelivered = event.change else { return nil }
        self.id = id
        _ = fold(event)
    }

    var path: DocumentPath { DocumentPath(.deliveries, id) }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        switch event.change {
        case .notificationsDelivered(let deliveries):
            let pages = Set(deliveries.map { page(of: $0.user) })
            paths.append(contentsOf: pages.sorted().map { DocumentPath(.deliveries, $0) })
        case .userDeleted(let id, _): paths.append(DocumentPath(.deliveries, page(of: id)))
        default: break
        }
    }

    subscript(user: Identifier) -> InboxPosition? {
        let place = place(of: user)
        return place < deliveries.count && deliveries[place].user == user ? deliveries[place].through : nil
    }

    mutating func fold(_ event: Event) -> Bool {
        documentSequence = event.sequence
        switch event.change {
        case .notificationsDelivered(let new):
            for delivery in new where Self.page(of: delivery.user) == id { put(delivery) }
        case .userDeleted(let user, _):
            let place = place(of: user)
            if place < deliveries.count, deliveries[place].user == user { deliveries.remove(at: place) }
        default: break
        }
        return true
    }

    func write(into object: inout JSONObject) {
        object.member("page", id: id)
        object["deliveries"] = .array(
            deliveries.map { delivery in
                var object = JSONObject()
                delivery.writeMembers(into: &object)
                return .object(object)
            })
    }

    /// A cursor never goes back.
    private mutating func put(_ mark: DeliveryMark) {
        let delivery = DeliveryMark(user: mark.user, through: mark.through)
        let place = place(of: delivery.user)
        if place < deliveries.count, deliveries[place].user == delivery.user {
            if delivery.through.sequence > deliveries[place].through.sequence { deliveries[place] = delivery }
        } else {
            deliveries.insert(delivery, at: place)
        }
    }

    /// The index of the user, or where it would be.
    private func place(of user: Identifier) -> Int {
        var low = 0
        var high = deliveries.count
        while low < high {
            let middle = (low + high) / 2
            if deliveries[middle].user < user { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
