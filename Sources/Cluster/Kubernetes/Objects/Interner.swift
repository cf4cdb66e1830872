// One copy of a text that many things share: namespaces, nodes, images, labels. Bounded: when it is full it forgets all and
// begins anew; those who hold a text keep it.

struct Interner: Sendable {
    static let limit = 16_384

    private var texts: Set<String> = []

    subscript(text: String) -> String {
        mutating get {
            // So short a text is stored in place.
            guard text.utf8.count > 15 else { return text }
            if texts.count >= Interner.limit { texts.removeAll(keepingCapacity: true) }
            return texts.insert(text).memberAfterInsert
        }
    }
}
