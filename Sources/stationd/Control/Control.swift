import Glibc
import Linux
import Server

/// A command for users, stations or tokens, on a station that runs or is stopped.
struct Control {
    let command: ControlCommand
    let place: Place

    /// A station that is starting or stopping holds its directory without answering for a moment.
    private static let triesMax = 30
    private static let pauseMicroseconds: UInt32 = 100_000

    func run() throws(CommandFailure) -> ExitCode {
        let configuration = try Configuration.load(place)
        // Asked for before anything is locked: people take their time.
        let hash = try passwordHash()
        let text = try run(configuration, passwordHash: hash)
        return StandardStreams.write(text) ? .success : .inputOutput
    }

    private func passwordHash() throws(CommandFailure) -> String? {
        guard let (user, source) = command.passwordNeeded else { return nil }
        let password = try PasswordInput.read(for: user, from: source)
        do {
            return try PasswordHash.hash(password)
        } catch {
            throw CommandFailure(error)
        }
    }

    private func run(_ configuration: Configuration, passwordHash: String?) throws(CommandFailure) -> String {
        var configuration = configuration
        // The first user is added before the first start. Where that fails, the reason is found below.
        if command.isAddition { _ = try? LinuxDisk(root: configuration.data, creating: true) }
        for attempt in 1... {
            if var channel = try SocketChannel(directory: configuration.data) {
                return try command.run(over: &channel, passwordHash: passwordHash)
            }
            if attempt == 1 { configuration.data = try Owner.become(ofDirectory: configuration.data) }
            do {
                var station = try OpenStation(configuration, creating: false)
                return try command.run(over: &station, passwordHash: passwordHash)
            } catch {
                guard error.code == .tryLater, attempt < Self.triesMax else { throw error }
            }
            usleep(Self.pauseMicroseconds)
        }
        throw CommandFailure(.tryLater, "the station neither answers nor lets go of \(configuration.data)")
    }
}
