// A bare word of a query: found in a text wherever it stands, without regard to case. ASCII, which names of Kubernetes
// are, is compared byte by byte without an allocation; other text by Unicode's lower case.

struct Needle: Sendable, Equatable {
    let text: String
    private let bytes: [UInt8]
    private let isASCII: Bool

    init(_ text: String) {
        self.text = text
        isASCII = text.utf8.allSatisfy { $0 < 0x80 }
        bytes = Array(text.lowercased().utf8)
    }

    func isIn(_ text: String) -> Bool {
        isASCII ? isIn(text.utf8.span) : isIn(text.lowercased().utf8.span)
    }

    private func isIn(_ haystack: Span<UInt8>) -> Bool {
        guard !bytes.isEmpty else { return true }
        guard bytes.count <= haystack.count else { return false }
        for start in 0...(haystack.count - bytes.count) {
            var length = 0
            while length < bytes.count, NaturalOrder.folded(haystack[start + length]) == bytes[length] { length += 1 }
            if length == bytes.count { return true }
        }
        return false
    }
}
