// One cell of a screen: a character with what combines with it, how many cells it takes, and what it means.
// A plain value of fixed size; a frame of 200×60 is composed without an allocation a cell.

package struct Cell: Sendable, Hashable, BitwiseCopyable {
    package var scalar: Unicode.Scalar
    /// At most two marks that combine with `scalar`; 0 is none. More are left out, so that hostile text cannot pile them up.
    package var combining: UInt32 = 0
    package var secondCombining: UInt32 = 0
    /// 1 or 2; 0 is the second half of the wide character to the left.
    package var width: UInt8
    package var style: Style

    package init(_ scalar: Unicode.Scalar, width: UInt8 = 1, style: Style = .text) {
        self.scalar = scalar
        self.width = width
        self.style = style
    }

    package static let blank = Cell(" ")

    mutating func combine(_ mark: Unicode.Scalar) {
        if combining == 0 {
            combining = mark.value
        } else if secondCombining == 0 {
            secondCombining = mark.value
        }
    }
}
