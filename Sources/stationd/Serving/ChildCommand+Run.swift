import Bytes
import Glibc
import JSON
import Linux
import Server
import Store

extension ChildCommand {
    /// Does the job and prints its result as one line of JSON: `{"hash":…}`, `{"match":…}` or `{"done":true}`; a
    /// failure prints `{"error":…}` and returns a code other than 0. Either way a checkpoint adds its `findings`, if it
    /// has any.
    func run() -> ExitCode {
        guard ChildProcess.endWithParent() else { return .inputOutput }
        if case .synchronize = self {
            SyncServer.run()
            return .success
        }
        ChildProcess.end(afterSeconds: UInt32(ChildJob.durationMillisMax / 1000))
        let (result, code) = result()
        let isWritten = StandardStreams.write(result.text + "\n")
        return isWritten ? code : .inputOutput
    }

    private func result() -> (JSONValue, ExitCode) {
        var findings: [Finding] = []
        do throws(CommandFailure) {
            switch self {
            case .hash:
                ChildProcess.standBack()
                return (try Self.hash(), .success)
            case .verify:
                ChildProcess.standBack()
                return (try Self.verify(), .success)
            case .synchronize: break
            case .checkpoint(let directory, let behind, let through, let isUrgent):
                if !isUrgent { ChildProcess.giveWay() }
                var result = JSONValue.null
                try Self.onStore(directory) { (disk) throws(StoreError) in
                    result = StationCheckpoint.result(
                        of: try StationCheckpoint.run(
                            disk, behind: behind, through: through, onFailure: { findings = $0 }))
                }
                return (result, .success)
            case .prepareSegment(let directory, let bytes):
                try Self.onStore(directory) { (disk) throws(StoreError) in
                    try SegmentPreparation.run(disk, bytes: bytes)
                }
            }
            return (["done": true], .success)
        } catch {
            let message = error.messages.joined(separator: "; ")
            return (StationCheckpoint.result(ofFailure: message, findings), error.code)
        }
    }

    // MARK: The store

    private static func onStore(
        _ directory: String, _ job: (LinuxDisk) throws(StoreError) -> Void
    ) throws(CommandFailure) {
        let disk = try LinuxDisk(dataDirectory: directory)
        do throws(StoreError) {
            try job(disk)
        } catch {
            throw CommandFailure(error)
        }
    }

    // MARK: Passwords

    /// Room to spare for a hash, a line end and the longest password.
    private static let inputBytesMax = 4096

    private static func input() throws(CommandFailure) -> [UInt8] {
        let bytes: [UInt8]?
        do {
            bytes = try StandardStreams.readAll(from: STDIN_FILENO, bytesMax: inputBytesMax)
        } catch {
            throw CommandFailure(.inputOutput, "standard input: \(error)")
        }
        guard let bytes else { throw CommandFailure(.dataFault, "standard input is too long") }
        return bytes
    }

    /// Hashes the password that standard input holds, without a line end.
    private static func hash() throws(CommandFailure) -> JSONValue {
        let password = try input()
        do {
            return ["hash": .string(try PasswordHash.hash(password))]
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Compares the hash and the password that standard input holds: the hash, a line end, the password without one.
    private static func verify() throws(CommandFailure) -> JSONValue {
        let bytes = try input()
        guard let end = bytes.firstIndex(of: 0x0A) else { throw CommandFailure(.dataFault, "the hash has no line end") }
        let hash = String(decoding: bytes[..<end], as: UTF8.self)
        do {
            return ["match": .bool(try PasswordHash.verify(Array(bytes[(end + 1)...]), against: hash))]
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension LinuxDisk {
    /// Opens the data directory at `path`, which must exist.
    convenience init(dataDirectory path: String) throws(CommandFailure) {
        do {
            try self.init(root: path, creating: false)
        } catch {
            throw CommandFailure(dataDirectory: path, SystemError(errno: error.number.rawValue))
        }
    }
}

extension CommandFailure {
    init(_ error: StoreError) {
        let code: ExitCode =
            switch error {
            case .locked, .full: .tryLater
            case .unknownFormat, .recordTooLarge, .numbersUsedUp, .stateUnknown: .dataFault
            case .journalFailed: .inputOutput
            case .disk(let error): error.number == .accessDenied ? .noPermission : .inputOutput
            }
        var message = error.description
        if case .stateUnknown = error {
            message +=
                ". If this directory is a copy, copy it again, or restore an older one. To go on without what is "
                + "missing, run `stationd serve --accept-loss` once, or `stationd new-epoch --accept-loss DIR`"
        }
        self.init(code, message)
    }

    init(_ error: PasswordHashError) {
        if case .failed = error {
            self.init(.system, error.description)
        } else {
            self.init(.dataFault, error.description)
        }
    }
}
