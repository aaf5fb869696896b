import Bytes
import JSON

/// A rule for a field of a form, with the sentence that NestJS's ValidationPipe (class-validator) has for breaking it.
///
/// As in class-validator, a rule also fails if the value is of another type, so a missing text breaks three rules and
/// gets three sentences.
enum Rule {
    case notEmpty
    /// For texts that people are to read: one of white space alone says nothing.
    case notBlank
    /// For texts that may be empty, but not of white space alone.
    case emptyOrNotBlank
    case string
    case minLength(Int)
    case maxLength(Int)
    case maxBytes(Int)
    case noNull
    /// For names, which are shown in one line of a log, a table or a notification. This rule is our own, so it holds
    /// for values that are not texts.
    case noControls
    case email
    case emailOrPhone
    case integer
    /// A number, or the word `none`.
    case integerOrNone
    case number
    case minimum(Int64)
    case maximum(Int64)
    case oneOf([String])
    case boolean
    case equalsTrue
    case array
    case maxElements(Int)
    case notificationIDs
    case identifiers
    case timestamp

    static func word<Word: RawRepresentable<String> & CaseIterable>(_ type: Word.Type) -> Rule {
        .oneOf(Word.allCases.map(\.rawValue))
    }

    func holds(for value: JSONValue) -> Bool {
        switch self {
        case .notEmpty: !value.isNull && value != ""
        case .notBlank: !value.isNull && !(value.stringValue.map(Self.isBlank) ?? false)
        case .emptyOrNotBlank: value.stringValue.map { $0.isEmpty || !Self.isBlank($0) } ?? true
        case .string: value.stringValue != nil
        case .minLength(let min): value.stringValue.map { $0.unicodeScalars.count >= min } ?? false
        case .maxLength(let max): value.stringValue.map { Self.isShort($0, max) } ?? false
        case .maxBytes(let max): value.stringValue.map { $0.utf8.count <= max } ?? false
        case .noNull: value.stringValue.map { !$0.utf8.contains(0) } ?? false
        case .noControls: value.stringValue.map { !$0.unicodeScalars.contains(where: Self.isControl) } ?? true
        case .email: value.stringValue.map { EmailAddress.isValid(EmailAddress.trimmed($0)) } ?? false
        case .emailOrPhone: Rule.email.holds(for: value) || value.stringValue.flatMap(PhoneNumber.init) != nil
        case .integer: Self.isInteger(value)
        case .integerOrNone: Self.isInteger(value) || value == "none"
        case .number: value.doubleValue?.isFinite ?? false
        case .minimum(let min): value.doubleValue.map { $0 >= Double(min) } ?? false
        case .maximum(let max): value.doubleValue.map { $0 <= Double(max) } ?? false
        case .oneOf(let words): value.stringValue.map(words.contains) ?? false
        case .boolean: value.boolValue != nil
        case .equalsTrue: value == true
        case .array: value.arrayValue != nil
        case .maxElements(let max): value.arrayValue.map { $0.count <= max } ?? false
        case .timestamp: value.stringValue.flatMap(Timestamp.init(iso8601:)) != nil
        case .identifiers: value.arrayValue?.allSatisfy(Self.isInteger) ?? false
        case .notificationIDs: value.arrayValue?.allSatisfy { NotificationID(json: $0) != nil } ?? false
        }
    }

    func sentence(_ name: String) -> String {
        switch self {
        case .notEmpty, .notBlank: "\(name) should not be empty"
        case .emptyOrNotBlank: "\(name) should not consist of white space only"
        case .string: "\(name) must be a string"
        case .minLength(let min): "\(name) must be longer than or equal to \(min) characters"
        case .maxLength(let max): "\(name) must be shorter than or equal to \(max) characters"
        case .maxBytes(let max): "\(name) must be shorter than or equal to \(max) bytes"
        case .noNull: "\(name) must not contain the null character"
        case .noControls: "\(name) must not contain control characters"
        case .email: "\(name) must be an email"
        case .emailOrPhone: "\(name) must be an email or a telephone number"
        case .integer: "\(name) must be an integer number"
        case .integerOrNone: "\(name) must be an integer number or none"
        case .timestamp: "\(name) must be a time such as 2025-01-12T10:30:01.800Z"
        case .number: "\(name) must be a number conforming to the specified constraints"
        case .minimum(let min): "\(name) must not be less than \(min)"
        case .maximum(let max): "\(name) must not be greater than \(max)"
        case .oneOf(let words): "\(name) must be one of the following values: \(words.joined(separator: ", "))"
        case .boolean: "\(name) must be a boolean value"
        case .equalsTrue: "\(name) must be equal to true"
        case .array: "\(name) must be an array"
        case .maxElements(let max): "\(name) must contain no more than \(max) elements"
        case .identifiers: "each value in \(name) must be an integer number"
        case .notificationIDs: "each value in \(name) must be a notification id"
        }
    }

    /// Counting bytes is quicker, and for most texts it saves counting scalars.
    private static func isShort(_ text: String, _ max: Int) -> Bool {
        text.utf8.count <= max || text.unicodeScalars.count <= max
    }

    /// Whether there is nothing to be seen: white space (the property White_Space), marks of annotations, the braille
    /// pattern without dots, and what is drawn as nothing if it is not understood (the property
    /// Default_Ignorable_Code_Point: joiners, marks of direction, the byte order mark, variation selectors, fillers of
    /// Hangul).
    private static func isBlank(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x21...0x7E: false
            case 0x2800, 0xFFF9...0xFFFB: true
            default: scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint
            }
        }
    }

    /// General category Cc: C0, DEL and C1.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }

    private static func isInteger(_ value: JSONValue) -> Bool {
        switch value {
        case .integer, .unsigned: true
        case .double(let number): number.isFinite && number.rounded(.towardZero) == number
        default: false
        }
    }
}
