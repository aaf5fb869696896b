import Bytes
import Domain
import Platform
import Server
import TLS

/// What the command line says about the data directory to work on.
struct Place: Equatable {
    /// `--config`: the configuration file.
    var configuration: String?
    /// `--data`: the data directory.
    var data: String?
}

/// The options of `stationd serve`.
struct ServeOptions: Equatable {
    var place = Place()
    /// `--listen`, which overrides the configuration; empty if it was not given.
    var listen: [ListenAddress] = []
    /// `--demo`.
    var isDemo = false
    /// `--accept-loss`: the station starts although something is missing, so that its state is unknown.
    var acceptsLoss = false
}

/// A new user as the command line describes it. The password is read separately.
struct UserDescription: Equatable {
    var email: String
    var username: String
    var role: String
    var phone: String?
    var stationID: Int64?
}

/// A new swap station as the command line describes it.
struct SwapStationDescription: Equatable {
    var name: String
    var address: String
    /// Degrees; given together or not at all.
    var latitude: Double?
    var longitude: Double?
}

/// A user as an operator names one.
enum UserReference: Hashable {
    case id(Int64)
    case email(String)
    case username(String)

    /// A whole number is an id, anything with an `@` an email address, and everything else a username.
    init(_ text: String) {
        if let number = Decimal.parse(text), let id = Int64(exactly: number) {
            self = .id(id)
        } else {
            let address = EmailAddress.trimmed(text)
            self = address.utf8.contains(0x40) ? .email(address) : .username(text)
        }
    }
}

/// Where a command reads a password from.
enum PasswordSource: Equatable {
    /// A prompt on the terminal, without echo.
    case terminal
    /// `--password-stdin`: one line.
    case standardInput
}

/// A request to a station, running or stopped.
enum ControlCommand: Equatable {
    case addUser(UserDescription, PasswordSource)
    case listUsers(asJSON: Bool)
    case setPassword(of: String, PasswordSource)
    case disableUser(String)
    case enableUser(String)
    /// `user sign-out USER`.
    case signOutUser(String)
    /// `user unlock USER`.
    case unlockUser(String)
    case addStation(SwapStationDescription)
    case listStations(asJSON: Bool)
    case makeToken(for: String, hours: Int?)
    case addFleetMember(UInt32, name: String?)
    case renewFleetToken(UInt32)
    case removeFleetMember(UInt32, isPurge: Bool)
    case listFleet(asJSON: Bool)
    /// `central command-key ID`.
    case showCommandKey(UInt32)
    /// `central sign-command ID EPOCH TYPE DATA`.
    case signCommand(UInt32, epoch: String, type: String, data: String)
    /// `central nats-setup URL...`.
    case setUpNATS(NATSAdministration)

    /// Whether it makes sense before there is a data directory.
    var isAddition: Bool {
        switch self {
        case .addUser, .addStation, .addFleetMember: true
        default: false
        }
    }
}

/// A job that a station starts as a child process of its own.
enum ChildCommand: Equatable {
    /// Applies the journal's records after `behind`, or from earlier on, up to `through` to the documents. An urgent
    /// one runs at normal priority.
    case checkpoint(directory: String, behind: UInt64, through: UInt64, isUrgent: Bool = false)
    /// Writes the journal's next segment ahead of use.
    case prepareSegment(directory: String, bytes: Int)
    /// Hashes a password.
    case hash
    /// Compares a password with a hash.
    case verify
    /// Synchronizes files for the station as long as it runs, where io_uring is not to be had.
    case synchronize
}

/// A parsed and checked command line.
enum Invocation: Equatable {
    /// Help for the command or group of commands that the words name; the overview without words.
    case help([String])
    case version
    case serve(ServeOptions)
    case check(directory: String)
    case newEpoch(NewEpoch)
    case control(ControlCommand, Place)
    /// `central nats-permissions ID`.
    case natsPermissions(Int64)
    case certificate(CertificateCommand, Place)
    case child(ChildCommand)

    /// Parses the arguments after the program's name, and looks at nothing else.
    init(_ arguments: [String]) throws(UsageFault) {
        switch try CommandLineRequest.parse(arguments) {
        case .help(let path): self = .help(path)
        case .version: self = .version
        case .command(let parsed): self = try Invocation(parsed)
        }
    }

    private init(_ parsed: ParsedArguments) throws(UsageFault) {
        switch parsed.syntax.path {
        case ["serve"]: self = .serve(try parsed.serveOptions())
        case ["central", "nats-permissions"]:
            self = .natsPermissions(try parsed.number(parsed.operands[0], "ID", in: 1...9_007_199_254_740_991))
        case ["check"]: self = .check(directory: parsed.operands[0])
        case ["new-epoch"]: self = .newEpoch(try parsed.newEpoch())
        case ["certificate", "show"]: self = .certificate(.show(asJSON: parsed.has("--json")), parsed.place)
        case ["certificate", "request"]:
            self = .certificate(.request(names: try parsed.certificateNames()), parsed.place)
        case ["certificate", "install"]:
            let command = CertificateCommand.install(file: parsed.operands[0], keyFile: parsed.value("--key"))
            self = .certificate(command, parsed.place)
        case ["child", "checkpoint"], ["child", "checkpoint-now"]:
            let behind: UInt64 = try parsed.number(parsed.operands[1], "BEHIND", in: 0...UInt64.max)
            let through: UInt64 = try parsed.number(parsed.operands[2], "THROUGH", in: 0...UInt64.max)
            let isUrgent = parsed.syntax.path == ["child", "checkpoint-now"]
            self = .child(
                .checkpoint(directory: parsed.operands[0], behind: behind, through: through, isUrgent: isUrgent))
        case ["child", "prepare-segment"]:
            let bytes: Int = try parsed.number(parsed.operands[1], "BYTES", in: 1...Int.max)
            self = .child(.prepareSegment(directory: parsed.operands[0], bytes: bytes))
        case ["child", "hash"]: self = .child(.hash)
        case ["child", "verify"]: self = .child(.verify)
        case ["child", "synchronize"]: self = .child(.synchronize)
        default: self = .control(try parsed.controlCommand(), parsed.place)
        }
    }
}

extension ParsedArguments {
    fileprivate var place: Place { Place(configuration: value("--config"), data: value("--data")) }

    private var passwordSource: PasswordSource { has("--password-stdin") ? .standardInput : .terminal }

    /// Parses decimal digits as a number within `range`.
    fileprivate func number<Number: FixedWidthInteger>(
        _ text: String, _ name: String, in range: ClosedRange<Number>
    ) throws(UsageFault) -> Number {
        guard let wide = Decimal.parse(text), let number = Number(exactly: wide), range.contains(number) else {
            let rule = "a whole number from \(range.lowerBound) to \(range.upperBound)"
            throw UsageFault("\(name) must be \(rule) (is \"\(text)\")", command: syntax.path)
        }
        return number
    }

    fileprivate func serveOptions() throws(UsageFault) -> ServeOptions {
        var options = ServeOptions(place: place, isDemo: has("--demo"), acceptsLoss: has("--accept-loss"))
        for text in self.options["--listen"] ?? [] {
            guard let address = ListenAddress(text: text) else {
                let rule = "HOST:PORT or https://HOST:PORT with an IP address (IPv6 in brackets) or localhost"
                throw UsageFault("--listen must be \(rule) (is \"\(text)\")", command: syntax.path)
            }
            if options.isDemo && !address.isLoopback {
                throw UsageFault(
                    "--demo serves this machine only: --listen must be a loopback address such as 127.0.0.1:8080 "
                        + "(is \"\(text)\")", command: syntax.path)
            }
            // Port 0 stands for any that is free, so it may be there with TLS and without.
            let isAnyPort = if case .tcp(_, 0) = address.endpoint { true } else { false }
            guard
                !options.listen.contains(where: { $0.endpoint == address.endpoint && (!isAnyPort || $0 == address) })
            else {
                throw UsageFault("--listen \(text) is given twice", command: syntax.path)
            }
            options.listen.append(address)
        }
        return options
    }

    fileprivate func controlCommand() throws(UsageFault) -> ControlCommand {
        switch syntax.path {
        case ["user", "add"]: .addUser(try userDescription(), passwordSource)
        case ["user", "list"]: .listUsers(asJSON: has("--json"))
        case ["user", "passwd"]: .setPassword(of: operands[0], passwordSource)
        case ["user", "disable"]: .disableUser(operands[0])
        case ["user", "enable"]: .enableUser(operands[0])
        case ["user", "sign-out"]: .signOutUser(operands[0])
        case ["user", "unlock"]: .unlockUser(operands[0])
        case ["station", "add"]: .addStation(try swapStationDescription())
        case ["station", "list"]: .listStations(asJSON: has("--json"))
        case ["token"]: .makeToken(for: operands[0], hours: try hours())
        case ["central", "add-station"]: .addFleetMember(try fleetNumber(), name: value("--name"))
        case ["central", "renew-token"]: .renewFleetToken(try fleetNumber())
        case ["central", "remove-station"]: .removeFleetMember(try fleetNumber(), isPurge: has("--purge"))
        case ["central", "list-stations"]: .listFleet(asJSON: has("--json"))
        case ["central", "command-key"]: .showCommandKey(try fleetNumber())
        case ["central", "nats-setup"]: .setUpNATS(try natsAdministration())
        case ["central", "sign-command"]:
            .signCommand(try fleetNumber(), epoch: operands[1], type: operands[2], data: operands[3])
        default: preconditionFailure("`\(syntax.name)` has a syntax but no meaning")
        }
    }

    private func natsAdministration() throws(UsageFault) -> NATSAdministration {
        var urls: [UpstreamURL] = []
        for text in operands {
            guard let url = UpstreamURL(text), url.scheme == .nats else {
                throw UsageFault("URL must be nats://HOST[:PORT] (is \"\(text)\")", command: syntax.path)
            }
            urls.append(url)
        }
        guard !has("--user") || !has("--credentials") else {
            throw UsageFault("--user and --credentials serve the same purpose", command: syntax.path)
        }
        return NATSAdministration(urls: urls, user: value("--user"), credentials: value("--credentials"))
    }

    private func fleetNumber() throws(UsageFault) -> UInt32 { try number(operands[0], "ID", in: 1...UInt32.max) }

    fileprivate func newEpoch() throws(UsageFault) -> NewEpoch {
        var command = NewEpoch(directory: operands[0], configuration: value("--config"))
        command.acceptsLoss = has("--accept-loss")
        if let text = value("--station") {
            command.station = try number(text, "--station", in: 1...9_007_199_254_740_991)
        }
        return command
    }

    fileprivate func certificateNames() throws(UsageFault) -> [String] {
        let names = options["--name"] ?? []
        for name in names where IPAddress(text: name) == nil && !StationCertificate.isHostName(name) {
            throw UsageFault("--name must be a host name or an IP address (is \"\(name)\")", command: syntax.path)
        }
        guard names.count <= StationCertificate.namesMax else {
            throw UsageFault("--name is given more than \(StationCertificate.namesMax) times", command: syntax.path)
        }
        return names
    }

    private func hours() throws(UsageFault) -> Int? {
        guard let text = value("--hours") else { return nil }
        return try number(text, "--hours", in: 1...8760)
    }

    private func userDescription() throws(UsageFault) -> UserDescription {
        var user = UserDescription(
            email: value("--email") ?? "", username: value("--username") ?? "", role: value("--role") ?? "",
            phone: value("--phone"))
        let roles = ["driver", "station_staff", "admin"]
        guard roles.contains(user.role) else {
            let hint = Spelling.nearest(to: user.role, among: roles).map { "; did you mean \($0)?" } ?? ""
            throw UsageFault(
                "--role must be driver, station_staff or admin (is \"\(user.role)\")\(hint)", command: syntax.path)
        }
        if let text = value("--station") {
            user.stationID = try number(text, "--station", in: 1...9_007_199_254_740_991)
        }
        guard user.role != "station_staff" || user.stationID != nil else {
            throw UsageFault("--role station_staff needs --station ID", command: syntax.path)
        }
        return user
    }

    private func swapStationDescription() throws(UsageFault) -> SwapStationDescription {
        let (latitude, longitude) = (try degrees("--latitude", most: 90), try degrees("--longitude", most: 180))
        guard (latitude == nil) == (longitude == nil) else {
            throw UsageFault("--latitude and --longitude go together", command: syntax.path)
        }
        return SwapStationDescription(
            name: value("--name") ?? "", address: value("--address") ?? "", latitude: latitude, longitude: longitude)
    }

    private func degrees(_ option: String, most: Double) throws(UsageFault) -> Double? {
        guard let text = value(option) else { return nil }
        // `Double` accepts more than decimal degrees: exponents, hexadecimal digits, `nan`, `inf`.
        let isDecimal = text.utf8.allSatisfy { $0.isASCIIDigit || $0 == 0x2D || $0 == 0x2E }
        guard isDecimal, let degrees = Double(text), abs(degrees) <= most else {
            throw UsageFault(
                "\(option) must be decimal degrees from -\(Int(most)) to \(Int(most)) (is \"\(text)\")",
                command: syntax.path)
        }
        return degrees
    }
}
