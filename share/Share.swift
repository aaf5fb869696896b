/// The files embedded in the program: the console and the interface descriptions.
public enum Share {
    /// The paths of all files, sorted.
    public static let paths = [
        "/", "/api/asyncapi.json", "/api/openapi.json", "/console.css", "/console.js", "/favicon.svg",
    ]

    /// Returns the bytes and the media type of the file at `path`, or nil if there is none.
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
