import JSON

/// The name of an Engine.IO session that was opened over polling.
struct EngineSessionName {
    let sid: String

    func target(_ path: String = "/engine.io/", transport: String = "polling") -> String {
        "\(path)?EIO=4&transport=\(transport)&sid=\(sid)"
    }
}

extension Peer {
    func openSession(_ path: String = "/engine.io/") throws -> EngineSessionName {
        let reply = try ask("GET", path + "?EIO=4&transport=polling")
        guard reply.status == 200, case .object(let object) = try JSONParser.parse(Array(reply.body.dropFirst())),
            let sid = object["sid"]?.stringValue
        else { throw WireFault("no session: \(reply.status) \(reply.text)") }
        return EngineSessionName(sid: sid)
    }

    /// Sends a poll without waiting for its answer.
    func beginPoll(_ session: EngineSessionName, _ path: String = "/engine.io/") throws {
        try send(Peer.request("GET", session.target(path)))
    }

    func poll(_ session: EngineSessionName, _ path: String = "/engine.io/") throws -> Reply {
        try ask("GET", session.target(path))
    }

    func post(_ packets: String, _ session: EngineSessionName, _ path: String = "/engine.io/") throws -> Reply {
        try ask("POST", session.target(path), body: packets)
    }
}
