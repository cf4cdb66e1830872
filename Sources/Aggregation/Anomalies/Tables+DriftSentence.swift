// Growth in one sentence: by how much a minute (or an hour, where that is little), for how long, where it is now, and how far its limit is.

extension Tables {
    func account(of row: AnomalyRow, driftOf measure: Measure) -> String {
        func text(_ value: Double) -> String { Rendering.text(.number(max(0, value)), unit: row.unit) }
        let end = row.isOpen ? row.last : row.ended
        let minutes = (end &- row.since) / 60_000_000_000
        let isSlow = minutes >= 120
        let slope = text(row.slope * (isSlow ? 60 : 1)) + (isSlow ? " an hour" : " a minute")
        let time = isSlow ? "\(minutes / 60) hours" : "\(minutes) minutes"
        var sentence = "\(measure.traits.noun) of \(subjectName(of: row)) grows by \(slope) for \(time), \(text(row.value)) now"
        if row.isOpen, measure == .memory, row.slope > 0, workloads.rows.indices.contains(Int(row.workload)),
            let limit = workloads[Int(row.workload)].usage?.memoryLimit, Double(limit) > row.value
        {
            let left = (Double(limit) - row.value) / row.slope
            let time = left < 120 ? "\(Int(left)) minutes" : "\(Int(left / 60)) hours"
            if left < 1_440 { sentence += ", its limit of \(text(Double(limit))) in \(time)" }
        }
        return sentence
    }
}
