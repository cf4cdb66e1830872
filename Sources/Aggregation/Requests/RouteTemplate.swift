// The template of a path: what differs from request to request gives way to a placeholder, so that rows stay few. It sees
// one target at a time; `RouteLearner` beside it sees what one workload is asked for and folds what this cannot know.
// Bytes in, bytes out: a target is hostile text, and is only ever shortened, never decoded.

package enum RouteTemplate {
    /// Segments, and bytes, beyond which the rest is `…`.
    package static let segments = 12
    package static let bytes = 200
    /// A segment longer than this is no name.
    private static let segmentBytes = 64

    /// `/api/users/{id}` of `/api/users/17?full=1`; the host of `CONNECT`, and `*`, stay.
    package static func template(of target: String, isCut: Bool = false) -> String {
        let (segments, endsInSlash) = RouteTemplate.segments(of: target, isCut: isCut)
        return join(segments, endsInSlash: endsInSlash)
    }

    /// The segments of a template, and whether a slash ends it. A target that is no path is one segment without a slash.
    static func segments(of target: String, isCut: Bool) -> (segments: [Segment], endsInSlash: Bool) {
        let bytes = Array(Redaction.withoutCredentials(target).utf8)
        let end = bytes.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.count
        // Cut within the query string, the path is whole.
        let isCut = isCut && end == bytes.count
        guard let path = path(bytes[..<end]) else {
            let text = String(decoding: bytes[..<end].prefix(RouteTemplate.bytes), as: UTF8.self)
            return ([Segment(text: isCut || end > RouteTemplate.bytes ? text + "…" : text, kind: .bare)], false)
        }
        var found: [Segment] = []
        let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true)
        for (index, part) in parts.enumerated() {
            if index == segments || isCut && index == parts.count - 1 && path.last != UInt8(ascii: "/") {
                found.append(Segment(text: "…", kind: .placeholder))
                return (found, false)
            }
            found.append(segment(part))
        }
        if isCut, path.last == UInt8(ascii: "/") {
            found.append(Segment(text: "…", kind: .placeholder))
            return (found, false)
        }
        return (found, path.last == UInt8(ascii: "/"))
    }

    struct Segment: Sendable, Equatable {
        enum Kind: Sendable, Equatable { case literal, placeholder, bare }

        var text: String
        var kind: Kind
    }

    static func join(_ segments: [Segment], endsInSlash: Bool) -> String {
        if segments.count == 1, segments[0].kind == .bare { return segments[0].text }
        var text = ""
        for segment in segments {
            guard text.utf8.count + segment.text.utf8.count < bytes else { return text + "/…" }
            text += "/" + segment.text
        }
        return endsInSlash || segments.isEmpty ? text + "/" : text
    }

    /// The path of origin-form and absolute-form (RFC 9112, 3.2); nil for authority-form and `*`. Credentials and the host of
    /// absolute-form are not kept.
    private static func path(_ target: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        if target.first == UInt8(ascii: "/") { return target }
        let scheme = target.prefix { isLetter($0) }
        let rest = target.dropFirst(scheme.count)
        guard !scheme.isEmpty, rest.starts(with: Array("://".utf8)) else { return nil }
        let authority = rest.dropFirst(3)
        guard let slash = authority.firstIndex(of: UInt8(ascii: "/")) else { return authority.prefix(0) }
        return authority[slash...]
    }

    private static func segment(_ part: ArraySlice<UInt8>) -> Segment {
        if let placeholder = placeholder(part) { return Segment(text: placeholder, kind: .placeholder) }
        // A file's name: app.3f2a9c41d2.js keeps what it is, not which build.
        let pieces = part.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if (2...4).contains(pieces.count), let suffix = pieces.last, isExtension(suffix) {
            let stems = pieces.dropLast().map { stem($0) ?? String(decoding: $0, as: UTF8.self) }
            if pieces.dropLast().contains(where: { stem($0) != nil }) {
                let text = (stems + [String(decoding: suffix, as: UTF8.self)]).joined(separator: ".")
                return Segment(text: text, kind: .placeholder)
            }
        }
        if isToken(part) || part.count > segmentBytes { return Segment(text: "{token}", kind: .placeholder) }
        return Segment(text: String(decoding: part, as: UTF8.self), kind: .literal)
    }

    /// Of a file's name before its ending; builds are named by as few as eight hexadecimal digits.
    private static func stem(_ piece: ArraySlice<UInt8>) -> String? {
        if let placeholder = placeholder(piece) { return placeholder }
        if isToken(piece) { return "{token}" }
        let isBuild = piece.count >= 8 && piece.allSatisfy(isHex) && piece.contains(where: isDigit)
        return isBuild ? "{hash}" : nil
    }

    private static func isExtension(_ piece: ArraySlice<UInt8>) -> Bool {
        (1...5).contains(piece.count) && piece.allSatisfy { isLetter($0) || isDigit($0) } && piece.contains(where: isLetter)
    }

    private static func placeholder(_ part: ArraySlice<UInt8>) -> String? {
        if part.allSatisfy(isDigit), !part.isEmpty { return "{id}" }
        if isUUID(part) { return "{uuid}" }
        if isDate(part) { return "{date}" }
        if isEmail(part) { return "{email}" }
        return part.count >= 16 && part.allSatisfy(isHex) && part.contains(where: isDigit) ? "{hash}" : nil
    }

    /// 8-4-4-4-12 (RFC 9562).
    private static func isUUID(_ part: ArraySlice<UInt8>) -> Bool {
        guard part.count == 36 else { return false }
        return part.enumerated().allSatisfy { index, byte in
            [8, 13, 18, 23].contains(index) ? byte == UInt8(ascii: "-") : isHex(byte)
        }
    }

    /// 2026-11-21, and what may follow of a time.
    private static func isDate(_ part: ArraySlice<UInt8>) -> Bool {
        guard part.count >= 10, part.count <= 32 else { return false }
        for (index, byte) in part.prefix(10).enumerated() {
            guard index == 4 || index == 7 ? byte == UInt8(ascii: "-") : isDigit(byte) else { return false }
        }
        guard part.count > 10 else { return true }
        let rest = part.dropFirst(10)
        return rest.first == UInt8(ascii: "T") && rest.dropFirst().allSatisfy { isDigit($0) || ":.+-Z%Aa3".utf8.contains($0) }
    }

    private static func isEmail(_ part: ArraySlice<UInt8>) -> Bool {
        let at: Int
        let length: Int
        if let plain = part.firstIndex(of: UInt8(ascii: "@")) {
            (at, length) = (plain, 1)
        } else if let escaped = part.indices.first(where: { part[$0...].starts(with: Array("%40".utf8)) }) {
            (at, length) = (escaped, 3)
        } else {
            return false
        }
        return at > part.startIndex && part[(at + length)...].dropFirst().contains(UInt8(ascii: "."))
    }

    /// Twenty and more letters and digits mixed as no word mixes them: base64url, ULID, JWT.
    private static func isToken(_ part: ArraySlice<UInt8>) -> Bool {
        guard part.count >= 20 else { return false }
        var digits = 0
        var turns = 0
        var last = 0
        for byte in part {
            let kind: Int
            if isDigit(byte) {
                digits += 1
                kind = 1
            } else if isLetter(byte) {
                kind = byte & 0x20 == 0 ? 2 : 3
            } else if "-_.=~".utf8.contains(byte) {
                continue
            } else {
                return false
            }
            if kind != last { turns += 1 }
            last = kind
        }
        return digits >= 2 && (digits * 5 >= part.count || turns * 3 >= part.count)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    private static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a }
    private static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66 }
}
