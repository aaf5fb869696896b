import Foundation
import JSON
import Testing

extension EndToEnd {
    /// Child processes that end before their work is done, as the kernel ends them when memory is short.
    @Suite struct LostChild {
        @Test func aPasswordWhoseChildIsKilledIsAskedForAgain() throws {
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
