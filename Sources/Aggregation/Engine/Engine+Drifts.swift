// Growth that lasts, from a series' means: when it is told, how it goes on, when it is over. Judged once a minute, each series at a second
// of its own.

extension EngineState {
    /// Means in a row without growth after which it is over.
    private static let relief = 5

    mutating func followDrift(of number: Int, _ point: Point) {
        let moment = tables.moment
        let completed = watch.observeDrift(number, point.value, at: moment)
        guard !completed.isEmpty, watch.series[number].measure.drifts else { return }
        if watch.drifts[number].anomaly != 0 {
            goOn(number, point, completed)
        } else if watch.series[number].anomaly == 0 {
            for pace in completed {
                guard let growth = watch.drifts[number].growth(pace, wall: moment.wall) else { continue }
                let left = minutesLeft(number, growth, pace)
                guard let severity = watch.series[number].measure.severity(ofGrowth: growth, left: left), !isExplained(number, growth, pace)
                else { continue }
                openDrift(of: number, point, growth, pace, severity)
                return
            }
        }
    }

    private mutating func openDrift(of number: Int, _ point: Point, _ growth: Means.Growth, _ pace: Drift.Pace, _ severity: Severity) {
        let series = watch.series[number]
        let watched = watch[Int(series.watched)]
        let now = tables.moment.monotonic
        let lasted = UInt64(Means.count * pace.rawValue) * 60_000_000_000
        var row = AnomalyRow(
            serial: serial(), subject: watched.subject, what: .drift(series.measure), workload: watched.workload, severity: severity,
            layers: .baseline, since: max(tables.started, now > lasted ? now - lasted : 0), last: now, value: point.value,
            expected: max(0, growth.from), low: max(0, growth.from), high: max(0, growth.from), unit: series.measure.traits.unit,
            samples: UInt64(Means.count), score: 0)
        if case .flow(let key) = watched.subject { row.flow = key }
        row.shape = .drift
        row.slope = growth.slope / Double(pace.rawValue)
        guard append(row) else { return }
        let factor = Trail.factor(of: row.unit)
        let means = watch.drifts[number].means(.minute)
        for age in 0..<min(5, Means.count) where means[Means.count - 1 - age].isFinite {
            for second in 0..<60 {
                tables.anomalies.history.record(
                    means[Means.count - 1 - age] * factor, row: tables.anomalies.count - 1, age: 60 * age + second)
            }
        }
        watch.withDrift(number) { ($0.anomaly, $0.pace, $0.calm) = (row.serial, pace, 0) }
    }

    private mutating func goOn(_ number: Int, _ point: Point, _ completed: [Drift.Pace]) {
        let drift = watch.drifts[number]
        guard let index = anomalyIndex(drift.anomaly), tables.anomalies[index].isOpen else {
            watch.withDrift(number) { $0.anomaly = 0 }
            return
        }
        var row = tables.anomalies[index]
        let now = tables.moment.monotonic
        tables.anomalies.history.record(point.value * Trail.factor(of: row.unit), row: index, seconds: 60)
        guard completed.contains(drift.pace) else { return }
        if drift.goesOn(drift.pace, slope: row.slope * Double(drift.pace.rawValue)) {
            if let growth = drift.means(drift.pace).growth() {
                row.slope = growth.slope / Double(drift.pace.rawValue)
                let left = minutesLeft(number, growth, drift.pace)
                row.severity = max(row.severity, watch.series[number].measure.severity(ofGrowth: growth, left: left) ?? .notice)
            }
            row.value = max(row.value, point.value)
            row.last = now
            tables.anomalies[index] = row
            watch.withDrift(number) { $0.calm = 0 }
            return
        }
        watch.withDrift(number) { $0.calm += 1 }
        guard drift.calm + 1 >= EngineState.relief || drift.pace == .slow else { return }
        endAnomaly(row.serial, at: now)
        watch.withDrift(number) { $0.anomaly = 0 }
    }

    /// Whether the workload was asked for so much more in the same time that its growth follows.
    private func isExplained(_ number: Int, _ growth: Means.Growth, _ pace: Drift.Pace) -> Bool {
        let series = watch.series[number]
        guard series.measure.followsLoad, growth.from > 0 else { return false }
        let load = Int(watch[Int(series.watched)].series[Int(Measure.requestRate.rawValue)])
        guard load >= 0, let ratio = watch.drifts[load].means(pace).ratio else { return false }
        let grown = watch.drifts[number].means(pace).ratio ?? growth.to / growth.from
        return ratio - 1 >= Measure.explanation * (grown - 1)
    }

    /// Minutes until memory is at its limit at this pace; nil where it has none.
    private func minutesLeft(_ number: Int, _ growth: Means.Growth, _ pace: Drift.Pace) -> Double? {
        let series = watch.series[number]
        let workload = Int(watch[Int(series.watched)].workload)
        guard series.measure == .memory, growth.slope > 0, let limit = tables.workloads[workload].usage?.memoryLimit else { return nil }
        return max(0, Double(limit) - growth.to) / growth.slope * Double(pace.rawValue)
    }
}
