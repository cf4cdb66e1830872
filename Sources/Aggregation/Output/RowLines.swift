// What `-o json`, `-o csv` and `-o table` have in common: rows of any table become whole lines of bytes, each ending in
// a newline. A writer may keep what it said before (a header), never the rows.

package protocol RowLines {
    /// Gives each line of one interval to `emit`, in the order of `rows`.
    mutating func write(_ rows: [Int32], of tables: Tables, emit: ([UInt8]) -> Void)
}
