// One line of a model's process: its first, which says what it speaks and how it is called, or an opinion. Keys that are
// not known are passed over, so that a model may say more than podglass reads. A plain value.

package enum ModelLine: Sendable, Equatable {
    /// The version of the lines that podglass speaks.
    package static let version: UInt64 = 1

    case hello(version: UInt64, name: String)
    case opinion(ModelOpinion)

    package enum Failure: Error, Sendable, Hashable {
        case notRead(FlatObject.Failure)
        case noIdentifier
        case noScore
        case badExpected
        case badBand
        case tooLong

        package var sentence: String {
            switch self {
            case .notRead(let failure): failure.sentence
            case .noIdentifier: #"no whole number under "id""#
            case .noScore: #"no number from 0 to 1 under "score""#
            case .badExpected: #"neither a number nor null under "expected""#
            case .badBand: #"no two numbers, the first not above the second, under "low" and "high""#
            case .tooLong: "a line of more than \(ModelBudget.lineLimit) bytes"
            }
        }
    }

    /// Without a lock: reading a line takes longer than what is decided by it.
    package static func read(_ piece: LineCutter.Piece) -> Result<ModelLine, Failure> {
        switch piece {
        case .tooLong: return .failure(.tooLong)
        case .line(let bytes):
            do throws(Failure) { return .success(try ModelLine(bytes[...])) } catch { return .failure(error) }
        }
    }

    /// Without its newline.
    package init(_ bytes: ArraySlice<UInt8>) throws(Failure) {
        let object: FlatObject
        do { object = try FlatObject(bytes) } catch { throw .notRead(error) }
        if case .number(_, natural: let version?)? = object["podglass_model"] {
            var name = ""
            if case .text(let text)? = object["name"] { name = text }
            self = .hello(version: version, name: name)
            return
        }
        guard case .number(_, natural: let id?)? = object["id"] else { throw .noIdentifier }
        guard case .number(let score, _)? = object["score"] else { throw .noScore }
        guard let expected = ModelLine.optional(object["expected"]) else { throw .badExpected }
        guard let low = ModelLine.optional(object["low"]), let high = ModelLine.optional(object["high"]) else { throw .badBand }
        var band: ModelOpinion.Band?
        switch (low, high) {
        case (nil, nil): break
        case (let low?, let high?):
            guard let both = ModelOpinion.Band(low: low, high: high) else { throw .badBand }
            band = both
        case (.some, nil), (nil, .some): throw .badBand
        }
        guard let opinion = ModelOpinion(id: id, score: score, expected: expected, band: band) else { throw .noScore }
        self = .opinion(opinion)
    }

    /// A number, or none where it is null or not there; nil where it is something else.
    private static func optional(_ scalar: FlatObject.Scalar?) -> Double?? {
        switch scalar {
        case nil, .null: .some(nil)
        case .number(let value, _): .some(value)
        case .text, .bool: nil
        }
    }
}
