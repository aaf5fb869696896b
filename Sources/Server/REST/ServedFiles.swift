import Bytes
import Crypto
import Gateway
import HTTP
import Share

/// The files in the binary over HTTP: the console at `/`, and the descriptions of the interfaces.
enum ServedFiles {
    private struct File {
        let contentType: String
        let bytes: [UInt8]
        let tag: EntityTag
    }

    /// A tag names the content itself, so that it survives a restart and changes with an update.
    private static let files: [String: File] = {
        var files: [String: File] = [:]
        for file in Share.files {
            let digest = Hex.encode(SHA256.hash(file.bytes).prefix(8))
            files[file.path] = File(contentType: file.contentType, bytes: file.bytes, tag: EntityTag(digest))
        }
        return files
    }()

    /// The console's pages may use their own scripts, style, manifest and service worker and their own station, and
    /// nothing inline (Content Security Policy Level 3). So even markup that slipped into a page would not run.
    private static let contentSecurityPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:",
        "manifest-src 'self'", "worker-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    /// The answer to a request for a file, which everybody may read; nil if its path names none.
    static func answer(_ request: HTTPRequest) -> HTTPResponse? {
        guard let file = files[request.path] else { return nil }
        let allow = "GET, HEAD, OPTIONS"
        switch request.method {
        case .get, .head: break
        case .options: return HTTPResponse(status: .noContent, fields: ["Allow": allow])
        default:
            var response = ErrorBody.response(.methodNotAllowed, "Method Not Allowed")
            response.fields.set("Allow", allow)
            return response
        }
        // A browser asks each time, and usually learns that its copy is current.
        var response = HTTPResponse(status: .ok, fields: ["ETag": file.tag.text])
        response.caching = .shared
        switch ConditionalRequest.evaluate(request.fields, method: request.method, current: file.tag) {
        case .proceed: response.body = file.bytes
        case .notModified:
            response.status = .notModified
            return response
        case .preconditionFailed:
            return ErrorBody.response(.preconditionFailed, "The file has changed: its ETag is \(file.tag.text)")
        }
        response.fields.set("Content-Type", file.contentType)
        response.fields.set("Content-Security-Policy", contentSecurityPolicy)
        response.fields.set("Referrer-Policy", "no-referrer")
        return response
    }
}
