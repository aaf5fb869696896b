/// The members of a JSON object (RFC 8259, section 4) in their order, each name once.
///
/// Names are compared by their UTF-8. A lookup scans the members of a small object; from `indexedCountMin` members on
/// it uses a hash table, so it is O(1) either way. Two objects are equal if they have equal members, in any order.
public struct JSONObject: Sendable {
    /// A name and its value.
    public typealias Member = (key: String, value: JSONValue)

    /// The size from which a hash table is used; below it, the table costs more than it saves.
    static let indexedCountMin = 33

    /// The members in their order. No name occurs twice.
    public private(set) var members: [Member]

    /// The index of each name in `members`; nil while there are fewer than `indexedCountMin`.
    private var places: [ExactText: Int]?

    /// Creates an object without members.
    public init() { members = [] }

    /// The number of members.
    public var count: Int { members.count }

    /// Whether there are no members.
    public var isEmpty: Bool { members.isEmpty }

    /// The value of the member `key`.
    ///
    /// Setting replaces the value in place, or appends a new member. Setting `nil` removes the member in O(n); set
    /// `.null` to store a JSON null.
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

    /// Appends a member, or replaces the value if there is a member with this name.
    public mutating func append(_ key: String, _ value: JSONValue) { self[key] = value }

    /// Removes a member and returns its value, nil if there was none. The others keep their order. O(n).
    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSONValue? {
        guard let place = place(of: key) else { return nil }
        let value = members.remove(at: place).value
        places = nil
        if members.count >= Self.indexedCountMin { makePlaces() }
        return value
    }

    /// Reserves storage for `count` members.
    public mutating func reserveCapacity(_ count: Int) { members.reserveCapacity(count) }

    /// The index of the member `key` in `members`.
    func place(of key: String) -> Int? {
        if let places { return places[ExactText(key)] }
        for place in members.indices where ExactText.equal(members[place].key, key) { return place }
        return nil
    }

    /// Appends a member whose name does not occur yet.
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
    /// The index of the first member: 0.
    public var startIndex: Int { 0 }

    /// The index after the last member.
    public var endIndex: Int { members.count }

    /// The member at an index. O(1).
    public subscript(position: Int) -> Member { members[position] }
}

extension JSONObject: Hashable {
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        return left.members.allSatisfy { right[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        // A sum, because equal objects may have their members in different order.
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
    /// Creates an object from literal members, in their order.
    ///
    /// - Precondition: no key occurs twice.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(literal: elements) }

    init(literal elements: [(String, JSONValue)]) {
        self.init()
        reserveCapacity(elements.count)
        for (key, value) in elements {
            precondition(place(of: key) == nil, "a key occurs twice in a literal")
            appendNew(key, value)
        }
    }
}
