import Foundation
import JSON
import Testing

extension EndToEnd {
    /// Child processes that end before their work is done, or lack the memory for it.
    @Suite struct LostChild {
        /// The limit on the address space (setrlimit(2), RLIMIT_AS) rises from too little to start to more than enough.
        @Test func `a lack of memory does not make a right password wrong`() throws {
            let hash = try Self.child("hash", input: "secret").json["hash"]?.stringValue
            let input = try #require(hash) + "\nsecret"
            var outcomes: Set<String> = []
            for kibibytes in stride(from: 20_000, through: 400_000, by: 1_000) {
                let (text, answer) = try Self.child("verify", input: input, kibibytes: kibibytes)
                #expect(answer["match"] != false, "\(kibibytes) KiB: \(text)")
                outcomes.insert(answer["match"] == true ? "right" : answer["error"] == nil ? "none" : "error")
                if answer["match"] == true { break }
            }
            #expect(outcomes == ["none", "error", "right"])
        }

        private static func child(
            _ job: String, input: String, kibibytes: Int = 4_000_000
        ) throws -> (text: String, json: JSONValue) {
            let limited = "ulimit -v \(kibibytes); exec \"$0\" \"$@\""
            let result = try CommandResult.run(
                ["/bin/sh", "-c", limited, BuiltProduct.stationd, "child", job], input: input)
            return (result.all, (try? JSONParser.parse(result.output)) ?? .null)
        }

        @Test func `a login whose child process is killed can be repeated`() throws {
            try StationProcess.running { station in
                let body: JSONValue = ["email": "admin@example.com", "password": "station-demo"]
                let client = station.client()
                var answer: HTTPAnswer?
                // The child may be faster than we are.
                for _ in 0..<20 where answer?.status != 503 {
                    try client.send("POST", "/api/v1/auth/login", body)
                    let deadline = Deadline(seconds: 2)
                    var isKilled = false
                    while !isKilled, !deadline.isOver {
                        for child in station.children
                        where WholeFile.text("/proc/\(child)/cmdline").contains("verify") {
                            isKilled = Glibc.kill(child, SIGKILL) == 0
                        }
                    }
                    answer = try client.answer(to: "POST")
                }
                let refusal = try #require(answer)
                expectError(refusal, 503)
                #expect(refusal["Retry-After"] != nil)
                let again = try client.request("POST", "/api/v1/auth/login", body)
                #expect(again.status == 200, "\(again.text)")
            }
        }
    }
}
