// What of a request's target is shown: its query string and credentials are secrets until somebody asks for them.

package enum Redaction {
    /// A target as it may be shown: "/search?q=x" as "/search?…", "http://user:secret@host/" as "http://…@host/".
    package static func target(_ message: Observation.Message, keepsQuery: Bool) -> String {
        switch message.application {
        case .dns: return domain(message.target)
        case .http1:
            var text = keepsQuery ? message.target : path(message.target)
            if !keepsQuery, text.utf8.count < message.target.utf8.count { return withoutCredentials(text) + "?…" }
            if !keepsQuery { text = withoutCredentials(text) }
            return message.isCut ? text + "…" : text
        }
    }

    /// What stands before the query string.
    static func path(_ target: String) -> String {
        // By scalars: a combining mark behind the question mark must not hide it.
        String(target.unicodeScalars.prefix { $0 != "?" })
    }

    /// As resolvers write it, with the root's dot.
    static func domain(_ name: String) -> String { name.utf8.last == UInt8(ascii: ".") ? name : name + "." }

    /// "http://user:secret@host/" as "http://…@host/", wherever in the target a host may stand.
    package static func withoutCredentials(_ target: String) -> String {
        guard target.utf8.contains(UInt8(ascii: "@")) else { return target }
        var rest = Array(target.unicodeScalars)[...]
        var shown = String.UnicodeScalarView()
        // What is no path begins with a host, as CONNECT's target does.
        var isHost = rest.first != "/"
        while true {
            if isHost {
                let end = rest.firstIndex(of: "/") ?? rest.endIndex
                if let at = rest[..<end].lastIndex(of: "@") {
                    shown.append("…")
                    rest = rest[at...]
                }
            }
            guard let mark = rest.firstIndex(of: ":"), mark + 2 < rest.endIndex else { break }
            isHost = rest[mark + 1] == "/" && rest[mark + 2] == "/"
            let next = isHost ? mark + 3 : mark + 1
            shown.append(contentsOf: rest[..<next])
            rest = rest[next...]
        }
        shown.append(contentsOf: rest)
        return String(shown)
    }

    /// An event as a recording keeps it: of a query string only that there was one, and no credentials.
    package static func recorded(_ event: Event) -> Event {
        guard case .request(var exchange) = event else { return event }
        switch exchange.key.application {
        case .dns: return event
        case .http1:
            let path = path(exchange.target)
            exchange.target = withoutCredentials(path) + (path.utf8.count < exchange.target.utf8.count ? "?" : "")
            return .request(exchange)
        }
    }
}
