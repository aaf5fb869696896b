import Glibc
import Linux
import Server

/// A command for users, swap stations, tokens or the fleet, on a running or a stopped station.
struct Control {
    let command: ControlCommand
    let place: Place

    /// A station that is starting or stopping holds its directory for a moment without answering.
    private static let triesMax = 30
    private static let pauseMicroseconds: UInt32 = 100_000

    /// Runs the command and prints its result.
    func run() throws(CommandFailure) -> ExitCode {
        let configuration = try Configuration.load(at: place)
        // Before anything is locked, because people take their time to type.
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
        // The first user may be added before the first start. If this fails, the reason shows below.
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
        throw CommandFailure(.tryLater, "the station does not answer but still holds \(configuration.data)")
    }
}
