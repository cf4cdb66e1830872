// Cuts what arrives in pieces into lines, and holds no more than one line's limit of bytes. What is longer is told as too long
// once for each limit's worth of bytes, so that a stream without a newline is noticed too. A plain value.

package struct LineCutter: Sendable {
    package enum Piece: Sendable, Equatable {
        /// Without its newline.
        case line([UInt8])
        case tooLong
    }

    private let limit: Int
    private var rest: [UInt8] = []
    /// Within a line that was told as too long.
    private var isSkipping = false

    package init(limit: Int = ModelBudget.lineLimit) { self.limit = limit }

    /// `body` says whether it wants more; where it does not, what is left of these bytes is thrown away: a piece may hold as
    /// many empty lines as bytes.
    package mutating func cut(_ bytes: ArraySlice<UInt8>, _ body: (Piece) -> Bool) {
        var bytes = bytes
        while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            guard add(bytes[..<end], body) else { return }
            let wantsMore = isSkipping || body(.line(rest))
            rest.removeAll(keepingCapacity: true)
            isSkipping = false
            guard wantsMore else { return }
            bytes = bytes[(end + 1)...]
        }
        _ = add(bytes, body)
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>, _ body: (Piece) -> Bool) -> Bool {
        var bytes = bytes
        while rest.count + bytes.count > limit {
            bytes = bytes.dropFirst(limit + 1 - rest.count)
            rest.removeAll(keepingCapacity: true)
            isSkipping = true
            guard body(.tooLong) else { return false }
        }
        rest += bytes
        return true
    }
}
