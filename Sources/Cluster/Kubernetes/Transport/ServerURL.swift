// Where a server is: "https://10.0.0.1:6443/prefix", taken apart. No user, no query: credentials in a URL would be shown.

import Aggregation

struct ServerURL: Sendable, Hashable, CustomStringConvertible {
    var isEncrypted: Bool
    /// Without brackets.
    var host: String
    var port: Int
    /// What goes before each path, without a slash at its end.
    var prefix: String

    init(isEncrypted: Bool, host: String, port: Int, prefix: String = "") {
        self.isEncrypted = isEncrypted
        self.host = host
        self.port = port
        self.prefix = prefix
    }

    /// Nil for what is no URL of a server.
    init?(_ text: String, port standard: Int? = nil) {
        let isEncrypted = !text.hasPrefix("http://")
        var rest = Substring(text)
        if let scheme = text.range(of: "://") {
            guard ["http", "https"].contains(text[..<scheme.lowerBound]) else { return nil }
            rest = text[scheme.upperBound...]
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var (place, path) = (rest[..<slash], rest[slash...])
        while path.last == "/" { path = path.dropLast() }
        guard path.allSatisfy(ServerURL.isPlain), place.allSatisfy(ServerURL.isPlain) else { return nil }
        var port: Substring?
        if place.first == "[" {
            guard let end = place.firstIndex(of: "]") else { return nil }
            let after = place[place.index(after: end)...]
            guard after.isEmpty || after.first == ":" else { return nil }
            port = after.isEmpty ? nil : after.dropFirst()
            place = place[place.index(after: place.startIndex)..<end]
        } else if let colon = place.firstIndex(of: ":") {
            port = place[place.index(after: colon)...]
            place = place[..<colon]
        }
        guard let number = port.map({ UInt16($0) }) ?? UInt16(standard ?? (isEncrypted ? 443 : 80)), number > 0, !place.isEmpty else {
            return nil
        }
        self.init(isEncrypted: isEncrypted, host: String(place), port: Int(number), prefix: String(path))
    }

    private static func isPlain(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "-._~:[]%/".contains(character))
    }

    var isLoopback: Bool { host == "localhost" || Address(host)?.isLoopback == true }
    var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
    var description: String { (isEncrypted ? "https://" : "http://") + authority + prefix }
}

extension StringProtocol {
    /// Where `part` stands first.
    fileprivate func range(of part: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
            start = index(after: start)
        }
        return nil
    }
}
