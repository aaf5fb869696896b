/// The files that are part of the program: the console and the descriptions of the interfaces.
public enum Share {
    /// The paths of all files, sorted.
    public static let paths = [
        "/", "/api/asyncapi.json", "/api/openapi.json", "/console.css", "/console.js", "/favicon.svg",
    ]

    /// The file that is served at `path`, with its media type; nil where there is none.
    public static func file(at path: String) -> (contentType: String, bytes: [UInt8])? {
        switch path {
        case "/": ("text/html; charset=utf-8", PackageResources.index_html)
        case "/api/asyncapi.json": ("application/json; charset=utf-8", PackageResources.asyncapi_json)
        case "/api/openapi.json": ("application/json; charset=utf-8", PackageResources.openapi_json)
        case "/console.css": ("text/css; charset=utf-8", PackageResources.console_css)
        case "/console.js": ("text/javascript; charset=utf-8", PackageResources.console_js)
        case "/favicon.svg": ("image/svg+xml", PackageResources.favicon_svg)
        default: nil
        }
    }
}
