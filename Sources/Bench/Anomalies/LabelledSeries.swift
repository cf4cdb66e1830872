// One series of the Numenta Anomaly Benchmark with the windows that its labellers drew, read from the benchmark's own files: a CSV
// of `timestamp,value`, and windows.json, which lists every series. Read whole: the largest has 16,000 lines. The reader of JSON
// knows what windows.json is made of, objects of lists of pairs of strings, and nothing else.

import Glibc

struct LabelledSeries {
    var name: String
    /// Nanoseconds since 1970, and the value, of each point.
    var times: [UInt64] = []
    var values: [Double] = []
    /// First and last point of each window.
    var windows: [ClosedRange<Int>] = []

    /// The benchmark's: points at the start that are not scored.
    var probation: Int { min(Int(0.15 * Double(values.count)), 750) }

    /// All series that windows.json names, in order of their names.
    static func all(in directory: String) throws(BenchmarkError) -> [LabelledSeries] {
        let path = directory + "/windows.json"
        let labels = try LabelledSeries.labels(try contents(path), path: path)
        guard !labels.isEmpty else { throw BenchmarkError(sentence: "\(path) names no series.") }
        var all: [LabelledSeries] = []
        for (name, windows) in labels.sorted(by: { $0.name < $1.name }) {
            all.append(try LabelledSeries(name: name, windows: windows, directory: directory))
        }
        return all
    }

    private init(name: String, windows: [(UInt64, UInt64)], directory: String) throws(BenchmarkError) {
        self.name = name
        let path = directory + "/" + name
        for (number, line) in try LabelledSeries.contents(path).split(separator: UInt8(ascii: "\n")).enumerated() where number > 0 {
            let columns = line.split(separator: UInt8(ascii: ","))
            guard columns.count == 2, let time = LabelledSeries.time(Array(columns[0])),
                let value = Double(String(decoding: columns[1], as: UTF8.self).filter { !$0.isWhitespace })
            else { throw BenchmarkError(sentence: "\(path), line \(number + 1), is not `timestamp,value`.") }
            times.append(time)
            values.append(value)
        }
        for (first, last) in windows {
            guard let from = times.firstIndex(where: { $0 >= first }), let to = times.lastIndex(where: { $0 <= last }), from <= to else {
                throw BenchmarkError(sentence: "\(path) has no point in a window of windows.json.")
            }
            self.windows.append(from...to)
        }
    }

    static func contents(_ path: String) throws(BenchmarkError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw BenchmarkError(sentence: "\(path) cannot be read: \(String(cString: strerror(errno))). DIR is NAB's, with windows.json.")
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(file, &part, part.count)
            guard count >= 0 else { throw BenchmarkError(sentence: "\(path) cannot be read: \(String(cString: strerror(errno))).") }
            guard count > 0 else { return bytes }
            bytes += part[..<count]
        }
    }

    private static func labels(
        _ text: [UInt8], path: String
    ) throws(BenchmarkError) -> [(name: String, windows: [(UInt64, UInt64)])] {
        var labels: [(name: String, windows: [(UInt64, UInt64)])] = []
        var pair: [UInt64] = []
        var string: [UInt8]?
        var depth = 0
        for byte in text {
            if byte == UInt8(ascii: "\"") {
                guard let ended = string else {
                    string = []
                    continue
                }
                string = nil
                if depth == 0 {
                    labels.append((String(decoding: ended, as: UTF8.self), []))
                } else if let time = time(ended) {
                    pair.append(time)
                } else {
                    throw BenchmarkError(sentence: "\(path) has a window whose end is no time: \(String(decoding: ended, as: UTF8.self)).")
                }
            } else if string != nil {
                string?.append(byte)
            } else if byte == UInt8(ascii: "[") {
                depth += 1
            } else if byte == UInt8(ascii: "]") {
                depth -= 1
                guard !pair.isEmpty else { continue }
                guard pair.count == 2, !labels.isEmpty else { throw BenchmarkError(sentence: "\(path) has a window without two ends.") }
                labels[labels.count - 1].windows.append((pair[0], pair[1]))
                pair = []
            }
        }
        return labels
    }

    /// "2014-04-10 16:15:00", whatever follows, as nanoseconds since 1970.
    private static func time(_ text: [UInt8]) -> UInt64? {
        guard text.count >= 19 else { return nil }
        func number(_ range: Range<Int>) -> Int? { Int(String(decoding: text[range], as: UTF8.self)) }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), year >= 1970
        else { return nil }
        var date = tm()
        date.tm_year = Int32(year - 1900)
        date.tm_mon = Int32(month - 1)
        date.tm_mday = Int32(day)
        date.tm_hour = Int32(hour)
        date.tm_min = Int32(minute)
        date.tm_sec = Int32(second)
        return UInt64(timegm(&date)) * 1_000_000_000
    }
}

/// What is wrong with the benchmark's files: the place and the remedy.
struct BenchmarkError: Error {
    var sentence: String
}
