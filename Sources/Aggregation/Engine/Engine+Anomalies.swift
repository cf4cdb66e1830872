// From judged points to rows of anomalies: when one begins, how it goes on, when it is over.

extension EngineState {
    /// The points that a subject has at the end of an interval. Layer 3 sees them together and adds to the most uncertain of them.
    mutating func judge(_ points: [Point], at place: Int) {
        guard !points.isEmpty else { return }
        let moment = tables.moment
        var found: [(number: Int, point: Point, finding: Series.Finding)] = []
        for point in points {
            guard let number = watch.series(of: point.measure, at: place) else { continue }
            found.append((number, point, watch.withSeries(number) { $0.find(point, at: moment) }))
        }
        if let highest = found.indices.max(by: { found[$0].finding.score < found[$1].finding.score }) {
            found[highest].finding.score = consult(place, found.map { ($0.point.measure, $0.finding) }, found[highest].finding.score)
        }
        for (number, point, finding) in found {
            follow(number, point, finding)
            followDrift(of: number, point)
        }
    }

    private mutating func consult(_ place: Int, _ findings: [(Measure, Series.Finding)], _ score: Double) -> Double {
        guard findings.contains(where: { $0.0 == .requestRate }) else { return score }
        if watch[place].discord == nil { watch[place].discord = Discord(channels: Watched.channels) }
        watch[place].discord?.advance()
        for (measure, finding) in findings where Int(measure.rawValue) < Watched.channels {
            watch[place].discord?.note(finding.scaled, finding.judgement, channel: Int(measure.rawValue))
        }
        guard let occasion = watch[place].discord?.occasion(score), watch.budget.allows(occasion, at: place) else { return score }
        return watch[place].discord?.judged(score) ?? score
    }

    private mutating func follow(_ number: Int, _ point: Point, _ finding: Series.Finding) {
        let now = tables.moment.monotonic
        // An alarm begins it; it goes on while it is still uncertain, because a detector learns from what it alarms at.
        let isSupported = watch.series[number].supported > now
        let bar = watch.series[number].streak == 0 && !isSupported ? Detector.alarm : Detector.doubt
        let isAlarming = finding.score >= bar && finding.judgement.isWarm && finding.severity != nil
        if watch.series[number].anomaly != 0 {
            followAnomaly(of: number, point, finding)
            return
        }
        guard isAlarming else {
            if finding.score >= Detector.doubt, finding.severity != nil, finding.judgement.isWarm { ask(number, now) }
            watch.withSeries(number) { $0.streak = 0 }
            return
        }
        let isConfirmed = watch.withSeries(number) { series in
            if series.streak == 0 { series.alarmBegan = point.began }
            series.streak += 1
            return series.streak >= Series.confirmingPoints && now &- series.alarmBegan >= Series.confirmation
        }
        if isConfirmed, let severity = finding.severity { openAnomaly(of: number, point, finding, severity) }
    }

    private mutating func openAnomaly(of number: Int, _ point: Point, _ finding: Series.Finding, _ severity: Severity) {
        let series = watch.series[number]
        let watched = watch[Int(series.watched)]
        var row = AnomalyRow(
            serial: serial(), subject: watched.subject, what: .measure(series.measure), workload: watched.workload,
            severity: severity,
            layers: finding.score > finding.judgement.score || series.supported > tables.moment.monotonic
                ? [.baseline, .model] : .baseline, since: series.alarmBegan,
            last: tables.moment.monotonic, value: point.value, expected: finding.expected, low: finding.low, high: finding.high,
            unit: series.measure.traits.unit, samples: point.samples, score: finding.score)
        if case .flow(let key) = watched.subject { row.flow = key }
        row.points = finding.judgement.points
        row.shape = finding.judgement.shape
        guard append(row) else { return }
        for (age, value) in series.trail.values.reversed().enumerated().reversed() {
            tables.anomalies.history.record(value, row: tables.anomalies.count - 1, age: age)
        }
        watch.withSeries(number) {
            $0.anomaly = row.serial
            $0.calmSince = 0
        }
    }

    // MARK: - An external model

    /// Layer 2 is uncertain: the model may be asked.
    private mutating func ask(_ number: Int, _ now: UInt64) {
        let series = watch.series[number]
        guard questions.count < Limits.modelQuestions, series.supported <= now else { return }
        let watched = watch[Int(series.watched)]
        var row = AnomalyRow(
            serial: 0, subject: watched.subject, what: .measure(series.measure), workload: watched.workload, severity: .notice,
            layers: .model, since: now, last: now, value: 0, expected: 0, low: 0, high: 0, unit: .none, samples: 0, score: 0)
        if case .flow(let key) = watched.subject { row.flow = key }
        let factor = Trail.factor(of: series.measure.traits.unit)
        nextQuestion += 1
        asked[nextQuestion] = Int32(number)
        questions.append(
            ModelQuestion(
                id: nextQuestion, series: (series.measure.name + " of " + tables.subjectName(of: row)).printable,
                unit: series.measure.traits.unit.name ?? "", interval: 1_000_000_000, values: series.trail.values.map { $0 / factor }))
    }

    /// What an external model may be asked of this interval.
    mutating func takeQuestions() -> [ModelQuestion] {
        defer { questions.removeAll(keepingCapacity: true) }
        return questions
    }

    /// An opinion adds to what layer 2 doubts, for a while; it takes nothing away. Of questions that are too old nobody knows any more.
    mutating func consider(_ opinions: [ModelOpinion]) {
        for opinion in opinions {
            guard let number = asked.removeValue(forKey: opinion.id), opinion.speaks else { continue }
            let until = tables.moment.monotonic &+ Series.support
            watch.withSeries(Int(number)) { $0.supported = until }
        }
        if asked.count > 16 * Limits.modelQuestions { asked = asked.filter { $0.key + UInt64(8 * Limits.modelQuestions) > nextQuestion } }
    }

    /// An anomaly is compared with what was usual before it began. It is over when its values have been usual again for a while, or when
    /// the detector has taken them for the new usual.
    private mutating func followAnomaly(of number: Int, _ point: Point, _ finding: Series.Finding) {
        let series = watch.series[number]
        guard let index = anomalyIndex(series.anomaly) else {
            watch.withSeries(number) { $0.anomaly = 0 }
            return
        }
        let now = tables.moment.monotonic
        var row = tables.anomalies[index]
        let seconds = Int((now &- min(point.began, now) &+ 500_000_000) / 1_000_000_000)
        tables.anomalies.history.record(
            point.value * Trail.factor(of: series.measure.traits.unit), row: index, seconds: max(1, seconds))
        let severity = series.measure.severity(of: point.value, expected: row.expected, failed: point.failed)
        let isAdopted = finding.severity == nil && finding.score < Detector.doubt
        if let severity, !isAdopted {
            let scale = series.measure.traits.scale
            let expected = scale.apply(row.expected)
            if (scale.apply(point.value) - expected).magnitude > (scale.apply(row.value) - expected).magnitude {
                row.value = point.value
                row.samples = point.samples
            }
            row.severity = max(row.severity, severity)
            row.score = max(row.score, finding.score)
            row.last = now
            tables.anomalies[index] = row
            watch.withSeries(number) { $0.calmSince = 0 }
            return
        }
        let calmSince = series.calmSince == 0 ? point.began : series.calmSince
        watch.withSeries(number) { $0.calmSince = calmSince }
        guard now &- calmSince >= Series.relief else { return }
        endAnomaly(row.serial, at: calmSince)
        watch.withSeries(number) {
            $0.anomaly = 0
            $0.streak = 0
            $0.detector.recover()
        }
    }

    /// What is not measured any more is over: nobody asks, so nobody waits.
    mutating func endSilentAnomalies() {
        let now = tables.moment.monotonic
        for row in tables.anomalies.rows where row.isOpen {
            let measure: Measure
            var isDrift = false
            switch row.what {
            case .measure(let unusual): measure = unusual
            case .drift(let growing): (measure, isDrift) = (growing, true)
            case .rule, .novelty: continue
            }
            guard let place = watch.find(row.subject) else { continue }
            let number = Int(watch[place].series[Int(measure.rawValue)])
            guard number >= 0, now &- watch.series[number].lastPoint > Series.patience else { continue }
            endAnomaly(row.serial, at: watch.series[number].lastPoint)
            if isDrift {
                watch.withDrift(number) { $0.anomaly = 0 }
                continue
            }
            watch.withSeries(number) {
                $0.anomaly = 0
                $0.streak = 0
                $0.detector.recover()
            }
        }
    }

    /// Breaches of rules are anomalies of their own, as long as they last.
    mutating func judgeRules() {
        let breaches = rulebook.judge(tables)
        var standing: Set<RuleBreach> = []
        for breach in breaches {
            let key = RuleBreach(rule: breach.rule, identity: breach.identity)
            standing.insert(key)
            if let serial = anomalyOfBreach[key], let index = anomalyIndex(serial), tables.anomalies[index].isOpen {
                guard breach.holds else { continue }
                tables.anomalies[index].last = tables.moment.monotonic
                if let value = breach.value { tables.anomalies[index].value = worst(value, tables.anomalies[index].value, breach) }
                continue
            }
            if let row = row(of: breach), append(row) { anomalyOfBreach[key] = row.serial }
        }
        for (key, serial) in anomalyOfBreach where !standing.contains(key) {
            endAnomaly(serial, at: tables.moment.monotonic)
            anomalyOfBreach[key] = nil
        }
    }

    /// The one of two values that is further beyond a rule's bound.
    private func worst(_ new: Double, _ old: Double, _ breach: Breach) -> Double {
        switch breach.measure?.comparison {
        case .less, .atMost: old.isNaN ? new : min(new, old)
        case .more, .atLeast, .equal, .notEqual, .matching, .notMatching, nil: old.isNaN ? new : max(new, old)
        }
    }

    private mutating func row(of breach: Breach) -> AnomalyRow? {
        let rule = rulebook.rules[breach.rule]
        guard let place = breach.schema.subject(tables, Int(breach.row)) else { return nil }
        let name = name(rule.name)
        var row = AnomalyRow(
            serial: serial(), subject: place.subject, what: .rule(name), workload: place.workload, severity: rule.severity, layers: .rule,
            since: breach.since, last: tables.moment.monotonic, value: breach.value ?? .nan, expected: .nan, low: .nan, high: .nan,
            unit: breach.measure?.field.unit ?? .none, samples: 0, score: 0)
        row.flow = place.flow
        if let sentence = rule.sentence { row.advice = self.name(sentence) }
        return row
    }

    // MARK: - The table

    func anomalyIndex(_ serial: UInt64) -> Int? { tables.anomalies.rows.firstIndex { $0.serial == serial } }

    /// False where the table is full of open ones: then nothing more is told, which is counted.
    mutating func append(_ row: AnomalyRow) -> Bool {
        if tables.anomalies.isFull {
            let oldest = tables.anomalies.rows.indices.filter { !tables.anomalies[$0].isOpen }
                .min { tables.anomalies[$0].ended < tables.anomalies[$1].ended }
            guard let oldest else {
                tables.anomalies.refused += 1
                return false
            }
            tables.anomalies.remove(at: oldest)
        }
        _ = tables.anomalies.append(row)
        return true
    }

    mutating func endAnomaly(_ serial: UInt64, at moment: UInt64) {
        guard let index = anomalyIndex(serial), tables.anomalies[index].isOpen else { return }
        haveAnomaliesChanged = true
        tables.anomalies[index].ended = max(moment, tables.anomalies[index].since &+ 1)
    }

    /// Those that are over stay listed for a quarter of an hour.
    mutating func dropOldAnomalies() {
        let now = tables.moment.monotonic
        guard now > Limits.flowMemory else { return }
        for index in tables.anomalies.rows.indices.reversed()
        where !tables.anomalies[index].isOpen && tables.anomalies[index].ended < now - Limits.flowMemory {
            tables.anomalies.remove(at: index)
        }
    }
}

/// A rule and the row it speaks of.
struct RuleBreach: Hashable, Sendable {
    var rule: Int
    var identity: UInt64
}
