import JSON

/// The body of POST /users. The password is hashed elsewhere and comes back as the hash that the command takes.
public struct UserDraft: Hashable, Sendable {
    public var username: String
    public var email: String
    public var phone: String?
    public var password: String
    public var role: Role
    public var stationID: Identifier?
    public var isActive: Bool

    public init(
        username: String, email: String, phone: String? = nil, password: String, role: Role = .driver,
        stationID: Identifier? = nil, isActive: Bool = true
    ) {
        self.username = username
        self.email = email
        self.phone = phone
        self.password = password
        self.role = role
        self.stationID = stationID
        self.isActive = isActive
    }

    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: UserPatch.fields)
        let username = form.required("username", .notEmpty, .string, .maxLength(TextLimits.usernameMax), .noControls)
        let email = form.required("email", .email)
        let phone = form.optional("phone", .string, .maxLength(TextLimits.phoneMax), .noControls)
        let password = form.required(
            "password", .string, .minLength(TextLimits.passwordMin), .maxBytes(TextLimits.passwordBytesMax), .noNull)
        let role = form.optional("role", .word(Role.self))
        let station = form.optional("station_id", .integer)
        let isActive = form.optional("active", .boolean)
        try form.finish()
        self.init(
            username: username?.stringValue ?? "", email: email?.stringValue ?? "", phone: phone?.stringValue,
            password: password?.stringValue ?? "", role: role?.word() ?? .driver, stationID: station?.identifier,
            isActive: isActive?.boolValue ?? true)
    }
}

/// The body of PATCH /users/{id}.
public struct UserPatch: Hashable, Sendable {
    static let fields = ["username", "email", "phone", "password", "role", "station_id", "active"]

    public var username: Edit<String> = .keep
    public var email: Edit<String> = .keep
    public var phone: Edit<String?> = .keep

    /// To be hashed before the command is given.
    public var password: String?
    public var role: Edit<Role> = .keep
    public var stationID: Edit<Identifier?> = .keep
    public var isActive: Edit<Bool> = .keep

    public init() {}

    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: UserPatch.fields)
        let username = form.edit("username", .notEmpty, .string, .maxLength(TextLimits.usernameMax), .noControls)
        let email = form.edit("email", .email)
        let phone = form.nullableEdit("phone", .string, .maxLength(TextLimits.phoneMax), .noControls)
        let password = form.edit(
            "password", .string, .minLength(TextLimits.passwordMin), .maxBytes(TextLimits.passwordBytesMax), .noNull)
        let role = form.edit("role", .word(Role.self))
        let station = form.nullableEdit("station_id", .integer)
        let isActive = form.edit("active", .boolean)
        try form.finish()
        if let username = username?.stringValue { self.username = .set(username) }
        if let email = email?.stringValue { self.email = .set(email) }
        if let phone { self.phone = .set(phone.stringValue) }
        self.password = password?.stringValue
        if let role: Role = role?.word() { self.role = .set(role) }
        if let station { stationID = .set(station.isNull ? nil : station.identifier) }
        if let isActive = isActive?.boolValue { self.isActive = .set(isActive) }
    }
}

/// The body of PATCH /auth/password.
public struct PasswordChange: Hashable, Sendable {
    public let current: String
    public let new: String

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
public struct LoginForm: Hashable, Sendable {
    public let email: String
    public let password: String

    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: ["email", "password"])
        let email = form.required("email", .email)
        let password = form.required("password", .notEmpty, .string, .maxBytes(TextLimits.passwordBytesMax))
        try form.finish()
        self.email = email?.stringValue ?? ""
        self.password = password?.stringValue ?? ""
    }
}
