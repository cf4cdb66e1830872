// How the latencies of one row of requests are distributed: bars over a logarithmic axis, with p50, p90 and p99 marked
// under them. The buckets of the histogram are spread over as many bars as there are cells.

import Aggregation

struct HistogramStrip {
    let title: String
    let histogram: Histogram
    let durations: Histogram
    let glyphs: Glyphs

    private static let left = 7

    func draw(on grid: inout Grid, lines: Range<Int>) {
        guard let first = lines.first, lines.count >= 3 else { return }
        grid.fill(x: 0, y: first, width: grid.width, with: glyphs.rule, style: .rule)
        guard histogram.count > 0, let span = Span(histogram, width: grid.width - HistogramStrip.left) else {
            Bar(left: [Piece(" " + title + " ", .accent)]).draw(on: &grid, y: first, glyphs: glyphs)
            grid.put("No latency: nobody answered.", x: 1, y: first + 1, limit: grid.width - 1, style: .message)
            return
        }
        drawTitle(on: &grid, y: first)
        drawBars(span, on: &grid, lines: first + 1..<lines.upperBound - 1)
        drawAxis(span, on: &grid, y: lines.upperBound - 1)
    }

    private func drawTitle(on grid: inout Grid, y: Int) {
        func quantile(_ name: String, _ histogram: Histogram, _ share: Double, importance: Int) -> Piece? {
            histogram.quantile(share).map { Piece(" " + name, LogScale.label($0) + " ", .text, importance: importance) }
        }
        var pieces = [
            quantile("p50", histogram, 0.5, importance: 2), quantile("p90", histogram, 0.9, importance: 4),
            quantile("p99", histogram, 0.99, importance: 2), quantile("max", histogram, 1, importance: 3),
        ].compactMap { $0 }
        pieces += [
            quantile("to the last byte p50", durations, 0.5, importance: 5), quantile("p99", durations, 0.99, importance: 5),
        ].compactMap { $0 }
        let rest = Bar.width(Array(pieces.prefix(4))) + 2 * Bar.gap + 2
        let name = Header.shortened(title, glyphs: glyphs, to: max(16, grid.width - rest))
        Bar(left: [Piece(" " + name + " ", .accent)] + pieces).draw(on: &grid, y: y, glyphs: glyphs)
    }

    private func drawBars(_ span: Span, on grid: inout Grid, lines: Range<Int>) {
        let largest = span.bars.max() ?? 0
        let levels = glyphs.spark.count - 1
        for y in lines { grid.put(glyphs.axis, x: HistogramStrip.left - 1, y: y, style: .rule) }
        if let top = lines.first {
            grid.putRight(
                Rendering.text(.number(largest.rounded(.up)), unit: .count), end: HistogramStrip.left - 1, y: top,
                limit: HistogramStrip.left - 1, style: .dim)
        }
        for (x, count) in span.bars.enumerated() where count > 0 {
            // Anything above zero is seen.
            let height = max(1, Int((count / largest * Double(levels * lines.count)).rounded()))
            for (row, y) in lines.reversed().enumerated() where height > row * levels {
                grid.put(glyphs.spark[min(levels, height - row * levels)], x: HistogramStrip.left + x, y: y, style: .spark)
            }
        }
    }

    /// The marks of the quantiles first; round durations where they leave room.
    private func drawAxis(_ span: Span, on grid: inout Grid, y: Int) {
        var taken: [Range<Int>] = []
        func put(_ text: String, x: Int, style: Style) {
            let range = x..<x + text.cells
            guard x >= HistogramStrip.left, range.upperBound <= grid.width else { return }
            guard !taken.contains(where: { $0.lowerBound <= range.upperBound && range.lowerBound <= $0.upperBound }) else { return }
            grid.put(text, x: x, y: y, style: style)
            taken.append(range)
        }
        for (name, share) in [("p50", 0.5), ("p99", 0.99), ("p90", 0.9)] {
            guard let x = histogram.quantile(share).flatMap(span.x) else { continue }
            let text = String(glyphs.ascending) + name
            put(text, x: min(HistogramStrip.left + x, grid.width - text.cells), style: .accent)
        }
        for factor in [1, 5, 2] as [UInt64] {
            for mark in LogScale.powers.map({ $0 * factor }) {
                guard let x = span.x(of: mark) else { continue }
                put(String(glyphs.axis) + glyphs.text(LogScale.label(mark)), x: HistogramStrip.left + x, style: .dim)
            }
        }
    }
}

extension HistogramStrip {
    /// The part of a histogram that has records, an octave at least, spread over the bars.
    struct Span {
        private let first: Int
        private let last: Int
        let bars: [Double]

        init?(_ histogram: Histogram, width: Int) {
            let used = (0..<Histogram.bucketCount).filter { histogram[$0] > 0 }
            guard width > 0, let low = used.first, let high = used.last else { return nil }
            first = max(0, low - 8)
            last = min(Histogram.bucketCount, high + 9)
            var bars = [Double](repeating: 0, count: width)
            let scale = Double(width) / Double(last - first)
            // A bucket's records lie evenly in the bars that it covers in part or whole: no bar is taller for its place alone.
            for bucket in used {
                let (start, end) = (Double(bucket - first) * scale, Double(bucket - first + 1) * scale)
                for bar in Int(start)..<min(width, Int(end.rounded(.up))) {
                    bars[bar] += Double(histogram[bucket]) * (min(end, Double(bar + 1)) - max(start, Double(bar))) / (end - start)
                }
            }
            self.bars = bars
        }

        /// Where a duration stands; nil where it is outside.
        func x(of nanoseconds: UInt64) -> Int? {
            let bucket = Histogram.bucket(of: nanoseconds)
            guard bucket >= first, bucket < last else { return nil }
            return (bucket - first) * bars.count / (last - first)
        }
    }
}
