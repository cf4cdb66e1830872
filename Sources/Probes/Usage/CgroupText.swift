// What the files of a cgroup say, as bytes. Pure, so that each shape is a line in a test. What is missing or no number is
// nil, never 0 (kernel: Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst, accounting/psi.rst).

enum CgroupText {
    /// "<number>\n"; nil for "max", too.
    static func number(_ text: UnsafeRawBufferPointer) -> UInt64? {
        let digits = text.last == newline ? text[..<(text.endIndex - 1)] : text[...]
        return number(digits)
    }

    /// The number of the line "<key> <number>".
    static func value(of key: StaticString, in text: UnsafeRawBufferPointer) -> UInt64? {
        let length = key.utf8CodeUnitCount
        let key = UnsafeRawBufferPointer(start: key.utf8Start, count: length)
        for line in text.split(separator: newline) where line.count > length + 1 {
            guard line[line.startIndex + length] == space, line.prefix(length).elementsEqual(key) else { continue }
            return number(line.dropFirst(length + 1))
        }
        return nil
    }

    /// Microseconds behind "total=" of the line "some avg10=… avg60=… avg300=… total=<number>".
    static func stall(in text: UnsafeRawBufferPointer) -> UInt64? {
        let some = Array("some ".utf8)
        let total = Array("total=".utf8)
        for line in text.split(separator: newline) where line.starts(with: some) {
            guard let word = line.split(separator: space).last, word.starts(with: total) else { return nil }
            return number(word.dropFirst(total.count))
        }
        return nil
    }

    private static let newline = UInt8(ascii: "\n")
    private static let space = UInt8(ascii: " ")

    private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> UInt64? {
        guard !digits.isEmpty else { return nil }
        var number: UInt64 = 0
        for byte in digits {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let (tens, isTooMuch) = number.multipliedReportingOverflow(by: 10)
            let (sum, isMore) = tens.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            guard !isTooMuch, !isMore else { return nil }
            number = sum
        }
        return number
    }
}
