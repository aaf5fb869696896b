/// The members of a JSON object (RFC 8259, section 4) in their order, each name once.
///
/// Names are told apart by their UTF-8. Looking up is a walk over the members of a small object and a hash table beyond
/// `indexedCountMin` members, so O(1) either way. Two objects are equal where they have equal members, in whatever
/// order.
public struct JSONObject: Sendable {
    public typealias Member = (key: String, value: JSONValue)

    /// From this many members on a hash table finds them; below it costs more than it saves.
    static let indexedCountMin = 33

    /// The members in their order, names without repetition.
    public private(set) var members: [Member]

    /// Where each name is in `members`; nil while there are fewer than `indexedCountMin`.
    private var places: [ExactText: Int]?

    public init() { members = [] }

    public var count: Int { members.count }

    public var isEmpty: Bool { members.isEmpty }

    /// The value of the member `key`.
    ///
    /// Setting a new value leaves the member where it is, a new member goes to the end, nil removes (O(n)). To store a
    /// JSON null set `.null`: a bare `nil` removes.
    public subscript(key: String) -> JSONValue? {
        get {
            guard let place = place(of: key) else { return nil }
            return members[place].value
        }
        set {
            guard let newValue else {
                removeValue(forKey: key)
                return
            }
            if let place = place(of: key) {
                members[place].value = newValue
            } else {
                appendNew(key, newValue)
            }
        }
    }

    /// Puts a member at the end, or where there is one with this name already, the value in its place.
    public mutating func append(_ key: String, _ value: JSONValue) { self[key] = value }

    /// Takes a member out and gives its value; the others keep their order. O(n).
    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSONValue? {
        guard let place = place(of: key) else { return nil }
        let value = members.remove(at: place).value
        places = nil
        if members.count >= Self.indexedCountMin { makePlaces() }
        return value
    }

    public mutating func reserveCapacity(_ count: Int) { members.reserveCapacity(count) }

    /// Where the member `key` is.
    func place(of key: String) -> Int? {
        if let places { return places[ExactText(key)] }
        for place in members.indices where ExactText.equal(members[place].key, key) { return place }
        return nil
    }

    /// Puts a member at the end whose name is not taken yet.
    mutating func appendNew(_ key: String, _ value: JSONValue) {
        members.append((key, value))
        if places != nil {
            places?[ExactText(key)] = members.count - 1
        } else if members.count >= Self.indexedCountMin {
            makePlaces()
        }
    }

    private mutating func makePlaces() {
        var places: [ExactText: Int] = [:]
        places.reserveCapacity(members.count * 2)
        for (place, member) in members.enumerated() { places[ExactText(member.key)] = place }
        self.places = places
    }
}

extension JSONObject: RandomAccessCollection {
    public var startIndex: Int { 0 }

    public var endIndex: Int { members.count }

    public subscript(position: Int) -> Member { members[position] }
}

extension JSONObject: Hashable {
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        return left.members.allSatisfy { right[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        // The sum does not depend on the order, as equality does not.
        var sum = 0
        for member in members {
            var single = Hasher()
            single.combine(ExactText(member.key))
            single.combine(member.value)
            sum &+= single.finalize()
        }
        hasher.combine(sum)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// - Precondition: no key occurs twice.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(literal: elements) }

    init(literal elements: [(String, JSONValue)]) {
        self.init()
        reserveCapacity(elements.count)
        for (key, value) in elements {
            precondition(place(of: key) == nil, "a key stands twice in a literal")
            appendNew(key, value)
        }
    }
}
