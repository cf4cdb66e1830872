// Cuts the elements of the array `items` out of a list's JSON while it streams in, so that never more than one of them is in
// memory, however long the list. What is around them (the list's metadata) is kept as the envelope. It does not check that
// the text is JSON: whoever decodes an item does.

struct ItemCutter: Sendable {
    static let itemLimit = LineCutter.limit
    static let envelopeLimit = 64 << 10
    /// Of nested brackets; beyond it the text is no list of anything.
    static let depthLimit = 200

    private enum Place { case envelope, items, item }

    private var place = Place.envelope
    private var depth = 0
    private var hasBegun = false
    private var isQuoted = false
    private var isEscaped = false
    /// The last text of the envelope's first level: before an array it is the array's key.
    private var key: [UInt8] = []
    private var item: [UInt8] = []
    private var isTooLong = false
    private let itemLimit: Int

    private(set) var envelope: [UInt8] = []
    private(set) var refused = 0
    /// Too deep, or too much around the items.
    private(set) var isGarbled = false

    init(itemLimit: Int = ItemCutter.itemLimit) { self.itemLimit = itemLimit }

    /// The list is there from its first bracket to its last.
    var isWhole: Bool { !isGarbled && depth == 0 && hasBegun }

    /// Gives each item that ends in `bytes`.
    mutating func push(_ bytes: [UInt8], _ each: ([UInt8]) throws -> Void) rethrows {
        guard !isGarbled else { return }
        var start = 0
        for (index, byte) in bytes.enumerated() {
            if isQuoted {
                readQuoted(byte)
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                isQuoted = true
                if depth == 1 { key.removeAll(keepingCapacity: true) }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                hasBegun = true
                if depth > ItemCutter.depthLimit {
                    isGarbled = true
                    return
                }
                if place == .envelope, depth == 2, byte == UInt8(ascii: "["), key == Array("items".utf8) {
                    keep(bytes[start...index])
                    (place, start) = (.items, index + 1)
                } else if place == .items, depth == 3 {
                    (place, start) = (.item, index)
                }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if place == .item, depth == 2 {
                    add(bytes[start...index])
                    (place, start) = (.items, index + 1)
                    defer {
                        item.removeAll(keepingCapacity: item.capacity < itemLimit / 16)
                        isTooLong = false
                    }
                    if !isTooLong { try each(item) }
                } else if place == .items, depth == 1 {
                    key.removeAll()
                    (place, start) = (.envelope, index)
                } else if depth < 0 {
                    isGarbled = true
                    return
                }
            default: break
            }
        }
        switch place {
        case .envelope: keep(bytes[start...])
        case .items: break
        case .item: add(bytes[start...])
        }
    }

    private mutating func readQuoted(_ byte: UInt8) {
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            isQuoted = false
        } else if depth == 1, place == .envelope, key.count < 16 {
            key.append(byte)
        }
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        envelope.append(contentsOf: bytes)
        if envelope.count > ItemCutter.envelopeLimit { isGarbled = true }
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>) {
        guard !isTooLong else { return }
        if item.count + bytes.count > itemLimit {
            isTooLong = true
            refused += 1
            item = []
        } else {
            item.append(contentsOf: bytes)
        }
    }
}
