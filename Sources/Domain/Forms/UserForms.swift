import JSON

/// The body of POST /users. The server hashes the password and passes the hash on in the command.
public struct UserDraft: Hashable, Sendable {
    /// The name that others see.
    public var username: String

    /// The address that the user logs in with.
    public var email: String

    /// The telephone number; nil if unknown.
    public var phone: String?

    /// The password in the clear.
    public var password: String

    /// What the user may do.
    public var role: Role

    /// The swap station where staff work; nil for all other roles.
    public var stationID: Identifier?

    /// Whether the user may log in.
    public var isActive: Bool

    /// The language that the user is written to in; nil for the contract's English.
    public var language: Language?

    /// Creates a draft from its parts, which must pass the rules of the form.
    public init(
        username: String, email: String, phone: String? = nil, password: String, role: Role = .driver,
        stationID: Identifier? = nil, isActive: Bool = true, language: Language? = nil
    ) {
        self.username = username
        self.email = email
        self.phone = phone
        self.password = password
        self.role = role
        self.stationID = stationID
        self.isActive = isActive
        self.language = language
    }

    /// Reads the body. Throws `invalid` with every fault.
    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: UserPatch.fields)
        let username = form.required("username", .notBlank, .string, .maxLength(TextLimits.usernameMax), .noControls)
        let email = form.required("email", .email)
        let phone = form.optional("phone", .emptyOrNotBlank, .string, .maxLength(TextLimits.phoneMax), .noControls)
        let password = form.required(
            "password", .string, .minLength(TextLimits.passwordMin), .maxBytes(TextLimits.passwordBytesMax), .noNull)
        let role = form.optional("role", .word(Role.self))
        let station = form.optional("station_id", .integer)
        let isActive = form.optional("active", .boolean)
        let language = form.optional("language", .word(Language.self))
        try form.finish()
        self.init(
            username: username?.stringValue ?? "", email: EmailAddress.stored(email?.stringValue ?? ""),
            phone: phone?.stringValue,
            password: password?.stringValue ?? "", role: role?.word() ?? .driver, stationID: station?.identifier,
            isActive: isActive?.boolValue ?? true, language: language?.word())
    }
}

/// The body of PATCH /users/{id}.
public struct UserPatch: Hashable, Sendable {
    static let fields = ["username", "email", "phone", "password", "role", "station_id", "active", "language"]

    /// The name that others see.
    public var username: Edit<String> = .keep

    /// The address that the user logs in with.
    public var email: Edit<String> = .keep

    /// The telephone number.
    public var phone: Edit<String?> = .keep

    /// The new password in the clear, to be hashed for the command; nil if the password stays.
    public var password: String?

    /// What the user may do.
    public var role: Edit<Role> = .keep

    /// The swap station where staff work.
    public var stationID: Edit<Identifier?> = .keep

    /// Whether the user may log in.
    public var isActive: Edit<Bool> = .keep

    /// The language that the user is written to in.
    public var language: Edit<Language?> = .keep

    /// Creates a patch that keeps every field.
    public init() {}

    /// Reads the body. Throws `invalid` with every fault.
    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: UserPatch.fields)
        let username = form.edit("username", .notBlank, .string, .maxLength(TextLimits.usernameMax), .noControls)
        let email = form.edit("email", .email)
        let phone = form.nullableEdit("phone", .emptyOrNotBlank, .string, .maxLength(TextLimits.phoneMax), .noControls)
        let password = form.edit(
            "password", .string, .minLength(TextLimits.passwordMin), .maxBytes(TextLimits.passwordBytesMax), .noNull)
        let role = form.edit("role", .word(Role.self))
        let station = form.nullableEdit("station_id", .integer)
        let isActive = form.edit("active", .boolean)
        let language = form.nullableEdit("language", .word(Language.self))
        try form.finish()
        if let username = username?.stringValue { self.username = .set(username) }
        if let email = email?.stringValue { self.email = .set(EmailAddress.stored(email)) }
        if let phone { self.phone = .set(phone.stringValue) }
        self.password = password?.stringValue
        if let role: Role = role?.word() { self.role = .set(role) }
        if let station { stationID = .set(station.isNull ? nil : station.identifier) }
        if let isActive = isActive?.boolValue { self.isActive = .set(isActive) }
        if let language { self.language = .set(language.word()) }
    }
}

/// The body of PATCH /auth/me: what people may change about themselves.
public struct ProfilePatch: Hashable, Sendable {
    /// The language that the user is written to in; nil for the contract's English.
    public let language: Edit<Language?>

    /// Reads the body. Throws `invalid` with every fault.
    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: ["language"])
        let language = form.nullableEdit("language", .word(Language.self))
        try form.finish()
        self.language = language.map { .set($0.word()) } ?? .keep
    }
}

/// The body of PATCH /auth/password.
public struct PasswordChange: Hashable, Sendable {
    /// The present password in the clear.
    public let current: String

    /// The new password in the clear.
    public let new: String

    /// Reads the body. Throws `invalid` with every fault.
    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: ["current_password", "new_password"])
        let current = form.required("current_password", .notEmpty, .string, .maxLength(TextLimits.passwordBytesMax))
        let new = form.required(
            "new_password", .string, .minLength(TextLimits.passwordMin), .maxBytes(TextLimits.passwordBytesMax),
            .noNull)
        try form.finish()
        self.current = current?.stringValue ?? ""
        self.new = new?.stringValue ?? ""
    }
}

/// The body of POST /auth/login.
public struct LoginForm: Equatable, Sendable {
    /// By what the user is found.
    public enum Name: Equatable, Sendable {
        case email(String)
        case phone(PhoneNumber)
    }

    /// The user's address or telephone number.
    public let name: Name

    /// The password in the clear.
    public let password: String

    /// Reads the body. `emailOrPhone` is what the web front end of the backend that stations replace sends. Throws
    /// `invalid` with every fault.
    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: ["email", "emailOrPhone", "password"])
        let isEither = form.has("emailOrPhone")
        let text =
            form.required(isEither ? "emailOrPhone" : "email", isEither ? .emailOrPhone : .email)?.stringValue ?? ""
        if isEither && form.has("email") { form.fault("either email or emailOrPhone must be given") }
        let password = form.required("password", .notEmpty, .string, .maxBytes(TextLimits.passwordBytesMax))
        try form.finish()
        let phone = isEither ? PhoneNumber(text) : nil
        name = phone.map { .phone($0) } ?? .email(EmailAddress.trimmed(text))
        self.password = password?.stringValue ?? ""
    }
}
