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

    private static func withoutCredentials(_ target: String) -> String {
        let scalars = Array(target.unicodeScalars)
        guard
            let scheme = (0..<max(0, scalars.count - 2)).first(where: {
                scalars[$0] == ":" && scalars[$0 + 1] == "/" && scalars[$0 + 2] == "/"
            })
        else { return target }
        let start = scheme + 3
        let end = scalars[start...].firstIndex(of: "/") ?? scalars.endIndex
        guard let at = scalars[start..<end].lastIndex(of: "@") else { return target }
        return text(scalars[..<start]) + "…" + text(scalars[at...])
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String { String(String.UnicodeScalarView(scalars)) }
}
