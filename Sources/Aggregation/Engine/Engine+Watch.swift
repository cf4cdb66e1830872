// What the watch is told: requests as they are counted, and at the end of each interval the points of every subject. The work of an
// interval grows with subjects that are watched, not with requests.

extension EngineState {
    // MARK: - While the interval runs

    /// Requests of a key that the kernel counted: what came to a workload, or what it asked of one peer.
    mutating func watch(_ sample: RequestSample, workload: WorkloadIndex) {
        guard isWatching, sample.requests > 0 || !sample.latencies.isEmpty, let subject = subject(of: sample.key.flow, workload) else {
            return
        }
        guard let place = watch.place(of: subject, workload: workload, now: tables.moment.monotonic) else { return }
        watch[place].requests.count(sample.requests, errors: sample.key.isError ? sample.requests : 0)
        for bucket in sample.latencies where bucket.count > 0 {
            let number = min(Int(bucket.bucket), Histogram.bucketCount - 1)
            watch[place].requests.latency.add(UInt32(bucket.count), bucket: number, like: Histogram.middle(of: number))
        }
    }

    /// A flow that a workload opened is watched as such; what others opened to it is watched together, as the workload's.
    private func subject(of key: FlowKey, _ workload: WorkloadIndex) -> AnomalySubject? {
        guard !EngineState.isOther(key), tables.workloads[Int(workload)].owner.kind != .other else { return nil }
        // A flow beyond its workload's class has no row, and so nothing to be watched.
        if cardinality.holdings[Int(workload)].isFull, flowIndex[key] == nil { return nil }
        switch key.direction {
        case .inbound: return .workload(tables.workloads[Int(workload)].serial)
        case .outbound: return .flow(key)
        }
    }

    /// Requests booked on a row: its route's, where it has one.
    mutating func watchRoute(ofRow row: Int, requests count: UInt64) {
        guard let place = placeOfRoute(row) else { return }
        watch[place].requests.count(count, errors: tables.requests[row].key.isError ? count : 0)
    }

    mutating func watchRoute(ofRow row: Int, latencies count: UInt32, bucket: Int, like value: UInt64) {
        guard let place = placeOfRoute(row) else { return }
        watch[place].requests.latency.add(count, bucket: bucket, like: value)
    }

    private mutating func placeOfRoute(_ row: Int) -> Int? {
        guard isWatching else { return nil }
        let request = tables.requests[row]
        guard request.route >= 0, request.key.application.hasRoutes, request.key.flow.direction == .inbound,
            tables.names[Int(request.route)] != "~other", tables.workloads[Int(request.workload)].owner.kind != .other
        else { return nil }
        let key = RouteKey(
            workload: tables.workloads[Int(request.workload)].serial, direction: request.key.flow.direction,
            application: request.key.application, operation: request.key.operation, route: request.route)
        return watch.place(of: .route(key), workload: request.workload, now: tables.moment.monotonic)
    }

    // MARK: - At its end

    /// Makes the points of the interval that ended and judges each.
    mutating func judgeInterval(since previous: Moment) {
        guard isWatching else {
            // The tick that reaches the onset stands for the first one: what comes after it is judged.
            isWatching = onset?.isReached(at: tables.moment, started: tables.started) ?? true
            return
        }
        guard previous.monotonic > 0, tables.interval > 0 else { return }
        watchTraffic(since: previous.monotonic)
        let now = tables.moment.monotonic
        let start = min(watch.budget.firstLeftOut ?? 0, watch.subjects.count)
        watch.budget.begin()
        for number in watch.subjects.indices {
            let place = (start + number) % watch.subjects.count
            guard watch.isUsed(place) else { continue }
            guard isPresent(place) else {
                for serial in watch.remove(at: place) { endAnomaly(serial, at: now) }
                continue
            }
            judge(points(of: place, since: previous.monotonic), at: place)
        }
        endSilentAnomalies()
        judgeRules()
        judgeNovelties()
        dropOldAnomalies()
        groupAnomalies()
        tables.seriesRefused = watch.refused
        tables.discordsRefused = watch.budget.refused
    }

    /// Whether a subject is still what it was, and was heard of in the last quarter of an hour.
    private func isPresent(_ place: Int) -> Bool {
        let watched = watch[place]
        guard tables.workloads.rows.indices.contains(Int(watched.workload)) else { return false }
        guard watched.lastActive &+ Limits.flowMemory > tables.moment.monotonic else { return false }
        switch watched.subject {
        case .workload(let serial): return tables.workloads[Int(watched.workload)].serial == serial && !isGone(watched.workload)
        case .route(let key): return tables.workloads[Int(watched.workload)].serial == key.workload && !isGone(watched.workload)
        case .flow(let key): return flowIndex[key] != nil && !isGone(watched.workload)
        case .label: return false
        }
    }

    /// Whether a workload has ended: its silence says nothing.
    private func isGone(_ workload: WorkloadIndex) -> Bool { tables.object(of: workload)?.hasEnded ?? false }

    /// Attempts to connect and segments of flows that workloads opened, and what workloads consume.
    private mutating func watchTraffic(since began: UInt64) {
        let now = tables.moment.monotonic
        for index in tables.flows.rows.indices {
            guard tables.flows[index].key.direction == .outbound, !tables.flows[index].delta.isZero, !tables.flows[index].isOther
            else { continue }
            meet(peerOfFlow: index, now: now)
            let row = tables.flows[index]
            let failed = row.delta[.refused] &+ row.delta[.timedOut] &+ row.delta[.failed]
            let attempts = row.delta[.opened] &+ failed
            let requests = tables.requestsOfFlow[row.key]?.requestsDelta ?? 0
            // No kernel counter tells segments of a flow: full ones of its bytes, and one at least a request, a SYN and a FIN.
            let segments =
                row.delta[.retransmits] &+ min(row.delta[.sentBytes], 1 << 40) / 1448 &+ requests &+ row.delta[.opened]
                &+ row.delta[.closed]
            guard row.key.transport == .tcp, tables.workloads[Int(row.workload)].owner.kind != .other,
                let place = watch.place(of: .flow(row.key), workload: row.workload, now: now)
            else { continue }
            watch[place].attempts.count(attempts, failed: failed, since: began)
            watch[place].segments.count(segments, failed: row.delta[.retransmits], since: began)
            watch[place].lastActive = now
        }
        for (index, row) in tables.workloads.rows.enumerated() where row.usage?.read ?? 0 > began {
            _ = watch.place(of: .workload(row.serial), workload: WorkloadIndex(index), now: now)
        }
    }

    /// The points that a subject has at the end of this interval; its windows that gave them are empty then.
    private mutating func points(of place: Int, since began: UInt64) -> [Point] {
        var points: [Point] = []
        let now = tables.moment.monotonic
        let seconds = tables.seconds
        var window = watch[place].requests
        let hadRate = watch[place].series[Int(Measure.requestRate.rawValue)] >= 0
        if window.ofInterval > 0 {
            watch[place].lastActive = now
            if window.began == 0 { window.began = began }
        }
        if window.ofInterval > 0 || hadRate {
            let rate = Double(window.ofInterval) / seconds
            points.append(
                Point(measure: .requestRate, value: rate, samples: window.ofInterval, noise: 0.5 / seconds.squareRoot(), began: began))
        }
        window.ofInterval = 0
        if window.isRipe(at: now) {
            if window.requests >= RequestWindow.fewest {
                points.append(.share(.errorShare, window.errors, of: window.requests, began: window.began))
            }
            if let point = Point.quantile(.latencyMedian, window, 0.5, openness: 0.5) { points.append(point) }
            if let point = Point.quantile(.latencyTail, window, 0.95, openness: 1.2) { points.append(point) }
            window.clear()
        }
        watch[place].requests = window
        if watch[place].attempts.isRipe(at: now, enough: 20) {
            let attempts = watch[place].attempts
            points.append(.share(.connectFailures, attempts.failed, of: attempts.trials, began: attempts.began))
            watch[place].attempts = ShareWindow()
        }
        if watch[place].segments.isRipe(at: now, enough: 500) {
            let segments = watch[place].segments
            if segments.trials >= 20 { points.append(.share(.retransmits, segments.failed, of: segments.trials, began: segments.began)) }
            watch[place].segments = ShareWindow()
        }
        gauges(of: place, since: began, into: &points)
        return points
    }

    /// What is read and not counted: round trips of a flow, what a workload consumes.
    private func gauges(of place: Int, since began: UInt64, into points: inout [Point]) {
        switch watch[place].subject {
        case .route, .label: break
        case .flow(let key):
            guard let index = flowIndex[key] else { return }
            let row = tables.flows[Int(index)]
            let count = UInt64(row.gauges.rttCount) &+ row.delta[.closedRTTs]
            guard count > 0, !row.delta.isZero else { return }
            let mean = Double(row.gauges.rttSum &+ row.delta[.closedRTTMicroseconds]) * 1000 / Double(count)
            points.append(Point(measure: .roundTrip, value: mean, samples: count, noise: 0.2, began: began))
        case .workload:
            let row = tables.workloads[Int(watch[place].workload)]
            guard let usage = row.usage, usage.read > began else { return }
            if let ratio = row.cpuRatio {
                points.append(Point(measure: .processors, value: ratio, samples: 1, noise: 0.05, began: began))
            }
            if let bytes = usage.memory {
                points.append(Point(measure: .memory, value: Double(bytes), samples: 1, noise: 0.05, began: began))
            }
        }
    }
}
