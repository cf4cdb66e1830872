// What a row's sparkline shows, where a table has more than one thing to show: bytes or requests, by what it is sorted by.

package struct Trend: Sendable {
    /// Query words of the fields that it goes with.
    package let words: Set<String>
    /// "requests/s".
    package let unit: String
    /// The newest `seconds` values of a row, oldest first.
    package let values: @Sendable (_ tables: Tables, _ row: Int, _ seconds: Int) -> [Double]

    package init(words: Set<String>, unit: String, values: @escaping @Sendable (Tables, Int, Int) -> [Double]) {
        self.words = words
        self.unit = unit
        self.values = values
    }
}
