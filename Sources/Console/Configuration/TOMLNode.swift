// A TOML document as a tree of values with their lines, and what is wrong with one: a line, a sentence, a remedy. All of its text
// is the file's.

import Aggregation

struct TOMLNode: Sendable, Equatable {
    enum Value: Sendable, Equatable {
        case table([Member])
        case array([TOMLNode])
        case text(String)
        case integer(Int64)
        case number(Double)
        case boolean(Bool)

        /// As a mistake calls it.
        var name: String {
            switch self {
            case .table: "a table"
            case .array: "a list"
            case .text: "a text"
            case .integer, .number: "a number"
            case .boolean: "true or false"
            }
        }
    }

    struct Member: Sendable, Equatable {
        var key: String
        var line: Int
        var node: TOMLNode
    }

    var value: Value
    /// From 1.
    var line: Int
}

/// Something in a configuration file that podglass leaves out.
struct ConfigurationMistake: Sendable, Equatable {
    /// From 1; 0 where it is about the whole file.
    var line: Int
    /// What is wrong, printable, without a full stop.
    var sentence: String
    /// What would be right, printable: "expected …", "remove it".
    var remedy: String
    /// The text and a caret under the place, where a text of a query is wrong.
    var caret: [String] = []

    /// "podglass.toml:12: rule slow, when: pods have no field “p90”; expected p50, p95 or p99", and below it the caret.
    func lines(in file: String) -> [String] {
        let place = file.printable + (line > 0 ? ":\(line)" : "")
        return ["\(place): \(sentence); \(remedy)"] + caret.map { "    " + $0 }
    }
}
