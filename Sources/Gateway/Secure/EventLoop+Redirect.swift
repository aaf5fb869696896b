import HTTP

/// What connections without TLS are for while there are addresses with it: browsers are sent there, and programs are
/// served unless TLS is required.
extension EventLoop {
    /// What answers without TLS even where TLS is required, for monitoring: it shows nothing of people or tickets.
    private static let openPaths = ["/healthz", "/readyz", "/metrics"]

    /// The answer to a request without TLS that is to come with it; nil if the request may be served.
    func plainRefusal(of request: HTTPRequest) -> HTTPResponse? {
        guard let securePort else { return nil }
        if let response = redirect(request, to: securePort) { return response }
        guard settings.isTLSRequired, !Self.openPaths.contains(request.path) else { return nil }
        return ErrorBody.response(
            .forbidden, "This station accepts requests over TLS only: use https:// and port \(securePort)")
    }

    /// The redirection of a browser that opens a page under one of our own addresses.
    ///
    /// A proxy before the station names an address of its own, and would be sent in circles. On this machine there is
    /// nothing to hide.
    private func redirect(_ request: HTTPRequest, to securePort: UInt16) -> HTTPResponse? {
        guard request.method == .get || request.method == .head,
            request.fields["Accept"]?.contains("text/html") == true, let authority = request.fields["Host"],
            let (host, port) = Self.split(authority), plainPorts.contains(port),
            !["localhost", "127.0.0.1", "[::1]"].contains(host)
        else { return nil }
        let place = securePort == 443 ? host : "\(host):\(securePort)"
        var response = ErrorBody.response(.temporaryRedirect, "This page is at https://\(place)")
        response.fields.set("Location", "https://\(place)\(Self.origin(of: request.target))")
        return response
    }

    /// The path and query of a target, which may be an absolute URL (RFC 9112, section 3.2.2).
    private static func origin(of target: String) -> String {
        guard !target.hasPrefix("/") else { return target }
        let parts = target.utf8.split(separator: 0x2F, maxSplits: 3, omittingEmptySubsequences: false)
        return parts.count > 3 ? "/" + String(Substring(parts[3])) : "/"
    }

    /// Host and port of a `Host` field; the host keeps its brackets.
    private static func split(_ authority: String) -> (host: String, port: UInt16)? {
        guard let colon = authority.utf8.lastIndex(of: 0x3A), !authority[colon...].utf8.contains(0x5D) else {
            return (authority, 80)
        }
        guard let port = UInt16(authority[authority.utf8.index(after: colon)...]) else { return nil }
        return (String(authority[..<colon]), port)
    }
}
