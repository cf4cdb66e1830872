// Beginning and ending an interval, and what is rebuilt at its end: connections, gauges of workloads, sparklines.

extension EngineState {
    /// A new interval: nothing has happened in it yet.
    mutating func beginInterval() {
        intervalEnded = false
        mayMakeRoom = true
        hasSoughtWorkloads = false
        hasSoughtCgroups = false
        freeWorkloads.removeAll()
        claimedWorkloads.removeAll()
        closedInInterval = 0
        for index in 0..<tables.flows.count where !tables.flows[index].delta.isZero || tables.flows[index].dropsDelta != 0 {
            tables.flows[index].delta = .zero
            tables.flows[index].dropsDelta = 0
        }
        for index in 0..<tables.workloads.count {
            tables.workloads[index].delta = .zero
            tables.workloads[index].dropsDelta = 0
            tables.workloads[index].served.beginInterval()
            tables.workloads[index].called.beginInterval()
        }
        beginRequestInterval()
        for index in 0..<tables.symptoms.count { tables.symptoms[index].delta = 0 }
        for index in 0..<tables.listeners.count { tables.listeners[index].dropsDelta = 0 }
        liveConnections.removeAll(keepingCapacity: true)
    }

    mutating func endInterval(at moment: Moment) {
        let previous = tables.moment
        if previous.monotonic == 0 {
            tables.started = moment.monotonic
        } else {
            tables.interval = moment.monotonic > previous.monotonic ? moment.monotonic - previous.monotonic : 0
        }
        tables.moment = moment
        if isAfterGap { endGap(since: previous) }
        // A recording's clock may go back; nothing is older than the start.
        tables.started = min(tables.started, moment.monotonic)
        renameContainers()
        keepFormerPeers()
        bookWaitingTranslations()
        rebuildLocalServers()
        sumWorkloads()
        settleRequests(since: previous)
        recordHistory(since: previous)
        turnRecent()
        rebuildConnections()
        countLabels()
        judgeInterval(since: previous)
        if moment.monotonic > Limits.flowMemory {
            let horizon = moment.monotonic - Limits.flowMemory
            dropForgottenFlows(olderThan: horizon, keeping: 0)
            if moment.monotonic < symptomsDroppedAt || moment.monotonic - symptomsDroppedAt > Limits.symptomSearch {
                symptomsDroppedAt = moment.monotonic
                dropEndedSymptoms(olderThan: horizon)
            }
        }
        makeRoomInClasses()
        collectRetiredObjects()
        intervalEnded = true
    }

    private mutating func sumWorkloads() {
        for index in 0..<tables.workloads.count {
            tables.workloads[index].gauges = Gauges()
            tables.workloads[index].flows = 0
            tables.workloads[index].listeners = 0
            tables.workloads[index].listenQueue = 0
        }
        for row in tables.flows.rows {
            let index = Int(row.workload)
            tables.workloads[index].gauges.add(row.gauges)
            tables.workloads[index].flows += 1
            if row.marks.contains(.partial) { tables.workloads[index].marks.insert(.partial) }
        }
        for row in tables.listeners.rows {
            tables.workloads[Int(row.workload)].listenQueue &+= row.sample.queue
            tables.workloads[Int(row.workload)].listeners += 1
        }
        for index in 0..<tables.workloads.count {
            let row = tables.workloads[index]
            let isSampled = row.totals[.connects] > row.connectTimes.count || row.totals[.handshakes] > row.handshakeTimes.count
            if isSampled { tables.workloads[index].marks.insert(.estimated) } else { tables.workloads[index].marks.remove(.estimated) }
        }
    }

    /// Whole seconds since the start decide how many buckets are new; an interval under a second shares its bucket.
    private mutating func recordHistory(since previous: Moment) {
        guard previous.monotonic > 0, tables.interval > 0 else { return }
        func second(_ instant: UInt64) -> UInt64 { (instant &- tables.started) / 1_000_000_000 }
        let fresh = Int(min(second(tables.moment.monotonic) &- second(previous.monotonic), UInt64(History.seconds)))
        let seconds = tables.seconds
        tables.flows.history.advance(fresh)
        for index in 0..<tables.flows.count {
            let bytes = tables.flows[index].delta[.sentBytes] &+ tables.flows[index].delta[.receivedBytes]
            if bytes > 0, bytes < 1 << 62 { tables.flows.history.record(Double(bytes) / seconds, row: index, seconds: max(1, fresh)) }
        }
        tables.workloads.history.advance(fresh)
        for index in 0..<tables.workloads.count {
            let bytes = tables.workloads[index].delta[.sentBytes] &+ tables.workloads[index].delta[.receivedBytes]
            if bytes > 0, bytes < 1 << 62 { tables.workloads.history.record(Double(bytes) / seconds, row: index, seconds: max(1, fresh)) }
        }
        tables.symptoms.history.advance(fresh)
        for index in 0..<tables.symptoms.count where tables.symptoms[index].delta > 0 {
            tables.symptoms.history.record(Double(tables.symptoms[index].delta) / seconds, row: index, seconds: max(1, fresh))
        }
        recordRequestHistory(fresh: fresh)
        recordUsageHistory(fresh: fresh)
        tables.anomalies.history.advance(fresh)
    }

    mutating func fold(_ sample: ConnectionSample) {
        if sample.state == .closed {
            closedInInterval += 1
            if closedInInterval > capacities.closedConnections { tables.connections.refused += 1 }
            closedConnections.append(sample)
            if closedConnections.count >= 2 * capacities.closedConnections + 1 {
                closedConnections.removeFirst(closedConnections.count - capacities.closedConnections)
            }
        } else if liveConnections.count < capacities.connections {
            liveConnections.append(sample)
        } else {
            tables.connections.refused += 1
        }
    }

    /// The connections that were listed in this interval, and those that closed lately.
    private mutating func rebuildConnections() {
        var before: [UInt64: ConnectionSample] = [:]
        for row in tables.connections.rows where row.sample.state != .closed { before[row.sample.cookie] = row.sample }
        let horizon = tables.moment.monotonic > Limits.closedMemory ? tables.moment.monotonic - Limits.closedMemory : 0
        closedConnections.removeAll { $0.seen < horizon }
        if closedConnections.count > capacities.closedConnections {
            closedConnections.removeFirst(closedConnections.count - capacities.closedConnections)
        }
        // A cookie is a row's identity, and a pass over changing sockets may tell of one twice. A socket that closed may be
        // connected anew: what was seen last is true.
        var listed: Set<UInt64> = []
        var closedAt = Dictionary(closedConnections.lazy.map { ($0.cookie, $0.seen) }, uniquingKeysWith: max)
        let refused = tables.connections.refused
        tables.connections = Table(limit: tables.connections.limit, keepsHistory: false)
        tables.connections.refused = refused
        for sample in liveConnections where sample.seen > closedAt[sample.cookie] ?? 0 && listed.insert(sample.cookie).inserted {
            closedAt[sample.cookie] = nil
            append(sample, before[sample.cookie])
        }
        for sample in closedConnections.reversed() where closedAt.removeValue(forKey: sample.cookie) != nil {
            append(sample, before[sample.cookie])
        }
    }

    private mutating func append(_ sample: ConnectionSample, _ before: ConnectionSample?) {
        guard !tables.connections.isFull else { return }
        let place = self.place(of: sample.key)
        var row = ConnectionRow(sample: sample, workload: place.workload, container: place.container)
        if let before, sample.seen > before.seen {
            let seconds = Double(sample.seen - before.seen) / 1e9
            row.sentPerSecond = Double(sample.sentBytes &- min(before.sentBytes, sample.sentBytes)) / seconds
            row.receivedPerSecond = Double(sample.receivedBytes &- min(before.receivedBytes, sample.receivedBytes)) / seconds
        }
        _ = tables.connections.append(row)
    }

    mutating func fold(_ sample: ProbeSample) {
        var row = ProbeRow(sample: sample)
        if sample.measuredFor > 0 {
            let seconds = Double(sample.measuredFor) / 1e9
            row.runsPerSecond = Double(sample.runs) / seconds
            row.nanosecondsPerRun = sample.runs == 0 ? 0 : Double(sample.nanoseconds) / Double(sample.runs)
            row.cpuRatio = Double(sample.nanoseconds) / Double(sample.measuredFor)
        }
        if let index = probeIndex[sample.name] {
            tables.probes[index] = row
        } else if tables.probes.count < capacities.probes {
            probeIndex[sample.name] = tables.probes.count
            tables.probes.append(row)
        }
    }
}

extension Gauges {
    mutating func add(_ other: Gauges) {
        rttSum &+= other.rttSum
        rttCount &+= other.rttCount
        rttMax = max(rttMax, other.rttMax)
        zeroWindows &+= other.zeroWindows
    }
}
