import Bytes
import HTTP
import Share
import Testing

@testable import Server

@Suite struct ServedFilesTests {
    private func answer(_ method: HTTPMethod, _ target: String, _ fields: HTTPFields = [:]) throws -> HTTPResponse? {
        ServedFiles.answer(try HTTPRequest(method: method, target: target, fields: fields))
    }

    @Test(arguments: Share.paths) func `every file is served under a strict policy`(path: String) throws {
        let file = try #require(Share.file(at: path))
        let response = try #require(try answer(.get, path))
        #expect(response.status == .ok && response.body == file.bytes && !file.bytes.isEmpty)
        #expect(response.fields["Content-Type"] == file.contentType)
        #expect(response.caching == .shared)
        let policy = try #require(response.fields["Content-Security-Policy"])
        #expect(policy.hasPrefix("default-src 'none'; ") && !policy.contains("unsafe"))
    }

    @Test func `the console's own references are served`() throws {
        let page = String(decoding: try #require(Share.file(at: "/")).bytes, as: UTF8.self)
        let references = page.matches(of: #/(?:href|src)="(\/[^"]+)"/#).map { String($0.1) }
        #expect(references.sorted() == ["/console.css", "/console.js", "/favicon.svg"])
        for reference in references { #expect(Share.paths.contains(reference)) }
        // The policy forbids these, so they would not work.
        #expect(!page.contains("style=") && !page.contains("<style") && !page.contains(" onclick"))
    }

    @Test func `the console never turns text into markup`() throws {
        let script = String(decoding: try #require(Share.file(at: "/console.js")).bytes, as: UTF8.self)
        for door in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
            #expect(!script.contains(door), "\(door)")
        }
    }

    @Test func `a browser that has the file is answered 304`() throws {
        let tag = try #require(try answer(.get, "/console.js")?.fields["ETag"])
        #expect(!tag.hasPrefix("W/"))
        let again = try #require(try answer(.get, "/console.js", ["If-None-Match": tag]))
        #expect(again.status == .notModified && again.body.isEmpty && again.fields["ETag"] == tag)
        #expect(try answer(.get, "/console.css", ["If-None-Match": tag])?.status == .ok)
        #expect(try answer(.get, "/console.js", ["If-Match": "\"other\""])?.status == .preconditionFailed)
    }

    @Test func `other methods are not allowed`() throws {
        let response = try #require(try answer(.post, "/"))
        #expect(response.status == .methodNotAllowed && response.fields["Allow"] == "GET, HEAD, OPTIONS")
        #expect(try answer(.options, "/console.js")?.status == .noContent)
        #expect(try answer(.head, "/")?.status == .ok)
    }

    @Test(arguments: ["/console", "/console.js/", "//", "/index.html", "/../console.js", "/api/v1/support"])
    func `a path without a file is left to the routes`(target: String) throws {
        guard let request = try? HTTPRequest(method: .get, target: target) else { return }
        #expect(ServedFiles.answer(request) == nil)
    }
}
