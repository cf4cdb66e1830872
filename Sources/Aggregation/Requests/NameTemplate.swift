// The template of a name that DNS was asked for: the name itself in lower case, because one workload asks for few; only
// names that are addresses (reverse lookups) would be many.

enum NameTemplate {
    /// Bytes beyond which the rest is `…`; DNS has 253 (RFC 1035), which hostile bytes escape to more.
    private static let bytes = 253

    static func template(of name: String) -> String {
        var name = name.lowercased()
        while name.utf8.count > 1, name.hasSuffix(".") { name.removeLast() }
        for zone in ["in-addr.arpa", "ip6.arpa"] where name.hasSuffix("." + zone) { return "{address}." + zone }
        guard name.utf8.count > bytes else { return name.isEmpty ? "." : name }
        return String(decoding: name.utf8.prefix(bytes), as: UTF8.self) + "…"
    }
}
