import Foundation
import Peers

/// A real nginx in front of a station, which compresses what clients accept compressed.
final class Nginx {
    /// The path of the program, or nil if it is not installed.
    static let path = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    private static let triesMax = 5

    private let scratch: ScratchDirectory
    private let directives: String
    private var child: SpawnedProcess?
    /// The port that it listens on.
    private(set) var port: UInt16 = 0

    /// - Parameter directives: further directives for what is passed on.
    init(before station: UInt16, directives: String = "") throws {
        self.directives = directives
        scratch = try ScratchDirectory()
        // Somebody else may have bound the port in the meantime: then it ends at once.
        for _ in 0..<Self.triesMax {
            try start(station)
            if isListening { return }
            child?.kill()
        }
        throw HarnessFault("nginx does not listen:\n\(WholeFile.text(scratch.file("errors")))")
    }

    deinit {
        child?.kill()
        scratch.remove()
    }

    private func start(_ station: UInt16) throws {
        port = try DatagramSocket.unusedPort()
        let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(scratch.file($0));" }.joined(separator: "\n")
        let configuration = """
            daemon off;
            master_process off;
            pid \(scratch.file("pid"));
            error_log stderr;
            events {}
            http {
              access_log off;
              \(folders)
              gzip on;
              gzip_types application/json;
              gzip_min_length 20;
              server {
                listen 127.0.0.1:\(port);
                location / { \(directives) proxy_pass http://127.0.0.1:\(station); }
              }
            }

            """
        try WholeFile.write(configuration, to: scratch.file("nginx.conf"))
        child = try SpawnedProcess(
            [Self.path ?? "", "-p", scratch.path, "-c", scratch.file("nginx.conf"), "-e", "stderr"],
            output: scratch.file("output"), errors: scratch.file("errors"))
    }

    private var isListening: Bool {
        let deadline = Deadline(seconds: 10)
        while !deadline.isOver, child?.isRunning == true {
            if (try? Wire(port: port)) != nil { return child?.isRunning == true }
            usleep(10_000)
        }
        return false
    }
}
