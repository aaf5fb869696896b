import Bytes
import Foundation
import HTTP
import Share
import Testing

@testable import Server

@Suite struct ServedFilesTests {
    private func answer(_ method: HTTPMethod, _ target: String, _ fields: HTTPFields = [:]) throws -> HTTPResponse? {
        ServedFiles.answer(try HTTPRequest(method: method, target: target, fields: fields))
    }

    private func text(_ path: String) throws -> String {
        String(decoding: try #require(Share.files.first { $0.path == path }).bytes, as: UTF8.self)
    }

    /// The names of the files in `share/console`, and the bytes that they have together.
    private func consoleFolder() throws -> (names: [String], bytes: Int) {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("share/console")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return (names, try names.reduce(0) { try $0 + Data(contentsOf: folder.appendingPathComponent($1)).count })
    }

    @Test func `every file is served under a strict policy`() throws {
        for file in Share.files {
            let response = try #require(try answer(.get, file.path))
            #expect(response.status == .ok && response.body == file.bytes && !file.bytes.isEmpty)
            #expect(response.fields["Content-Type"] == file.contentType)
            #expect(response.caching == .shared)
            let policy = try #require(response.fields["Content-Security-Policy"])
            #expect(policy.hasPrefix("default-src 'none'; ") && !policy.contains("unsafe"))
        }
    }

    @Test func `every file in the console's folder is served, with the type of its name`() throws {
        let types = [
            "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml",
            "html": "text/html; charset=utf-8", "json": "application/manifest+json",
        ]
        for name in try consoleFolder().names {
            let path = name == "index.html" ? "/" : "/\(name)"
            let file = Share.files.first { $0.path == path }
            let type = try #require(types[String(name.split(separator: ".").last ?? "")])
            #expect(file?.contentType == type, "\(name) needs a line in Package.swift and one in share/Share.swift")
        }
        #expect(Set(Share.files.map(\.path)).count == Share.files.count)
    }

    @Test func `the console stays small`() throws {
        #expect(try consoleFolder().bytes <= 200_000)
    }

    @Test func `the console's own references are served`() throws {
        let page = try text("/")
        let paths = Set(Share.files.map(\.path))
        let references = page.matches(of: #/(?:href|src)="(\/[^"]+)"/#).map { String($0.1) }
        #expect(references.sorted() == ["/console.css", "/favicon.svg", "/main.js", "/manifest.json"])
        for reference in references { #expect(paths.contains(reference)) }
        for file in Share.files where file.path.hasSuffix(".js") {
            for match in try text(file.path).matches(of: #/(?:from|import) '\.(\/[^']+)'/#) {
                #expect(paths.contains(String(match.1)), "\(file.path) imports \(match.1)")
            }
        }
        // The policy forbids these, so they would not work.
        #expect(!page.contains("style=") && !page.contains("<style") && !page.contains(" onclick"))
    }

    @Test func `the console never turns text into markup`() throws {
        for file in Share.files where file.path.hasSuffix(".js") {
            let script = try text(file.path)
            for door in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
                #expect(!script.contains(door), "\(file.path): \(door)")
            }
        }
    }

    @Test func `a browser that has the file is answered 304`() throws {
        let tag = try #require(try answer(.get, "/main.js")?.fields["ETag"])
        #expect(!tag.hasPrefix("W/"))
        let again = try #require(try answer(.get, "/main.js", ["If-None-Match": tag]))
        #expect(again.status == .notModified && again.body.isEmpty && again.fields["ETag"] == tag)
        #expect(try answer(.get, "/console.css", ["If-None-Match": tag])?.status == .ok)
        #expect(try answer(.get, "/main.js", ["If-Match": "\"other\""])?.status == .preconditionFailed)
    }

    @Test func `other methods are not allowed`() throws {
        let response = try #require(try answer(.post, "/"))
        #expect(response.status == .methodNotAllowed && response.fields["Allow"] == "GET, HEAD, OPTIONS")
        #expect(try answer(.options, "/main.js")?.status == .noContent)
        #expect(try answer(.head, "/")?.status == .ok)
    }

    @Test(arguments: ["/console", "/main.js/", "//", "/index.html", "/../main.js", "/api/v1/support"])
    func `a path without a file is left to the routes`(target: String) throws {
        guard let request = try? HTTPRequest(method: .get, target: target) else { return }
        #expect(ServedFiles.answer(request) == nil)
    }
}
