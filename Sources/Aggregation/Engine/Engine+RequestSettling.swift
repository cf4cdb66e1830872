// The end of an interval for requests: each account that was told of books what it owes. Its histograms are the kernel's,
// dealt out to its rows bucket by bucket, so that over the rows of a key they sum to the kernel's as the counts do.

extension EngineState {
    /// A new interval: no row has changed yet.
    mutating func beginRequestInterval() {
        for index in 0..<tables.requests.count where tables.requests[index].delta != 0 { tables.requests[index].delta = 0 }
        for key in requests.changedFlows { tables.requestsOfFlow[key]?.beginInterval() }
        requests.changedFlows.removeAll(keepingCapacity: true)
        requests.mayMakeRoom = true
        requests.mayDropExchanges = true
        requests.mayDropFlows = true
        requests.mayReclaimNames = true
    }

    mutating func settleRequests(since previous: Moment) {
        requests.pendingCount = 0
        var waiting: ContiguousArray<Int32> = []
        for account in requests.touched {
            settle(Int(account))
            let isSettled = requests.accounts[Int(account)].isSettled
            requests.accounts[Int(account)].isTouched = !isSettled
            requests.pendingCount += requests.accounts[Int(account)].pending.count
            if !isSettled { waiting.append(account) }
        }
        requests.touched = waiting
        requests.candidates.removeAll(keepingCapacity: true)
        // Rows keep their places while accounts are settled, and leave after it.
        sweepRequests()
        appendLatencySlice(since: previous)
    }

    private mutating func settle(_ account: Int) {
        var settlement = requests.accounts[account].settle()
        let lastActive = requests.accounts[account].lastActive
        for index in settlement.shares.indices {
            let share = settlement.shares[index]
            // What nobody counted makes no row.
            let key = RequestBooks.RowKey(account: Int32(account), route: share.pending.route)
            if share.requests == 0, requests.rowIndex[key] == nil { continue }
            let row = requestRow(account: account, route: share.pending.route)
            settlement.shares[index].row = row
            if share.pending.isPartial { tables.requests[row].marks.insert(.partial) }
            book(share.requests, row: row, lastActive: lastActive)
        }
        let rest = settlement.rest > 0 ? restRow(of: account) : -1
        if rest >= 0 { book(settlement.rest, row: rest, lastActive: lastActive) }
        mark(account, settlement, rest: rest)
        deal(.latency, account: account, settlement, rest: rest)
        deal(.duration, account: account, settlement, rest: rest)
        for share in settlement.shares where share.pending.candidate >= 0 {
            let row = share.row >= 0 ? share.row : rest
            if row >= 0 { keep(requests.candidates[Int(share.pending.candidate)], row: row) }
        }
        requests.accounts[account].forgetCandidates()
    }

    private mutating func book(_ count: UInt64, row: Int, lastActive: UInt64) {
        guard count > 0 else { return }
        tables.requests[row].total &+= count
        tables.requests[row].delta &+= count
        tables.requests[row].recent.add(requests: count, errors: tables.requests[row].key.isError ? count : 0)
        tables.requests[row].lastActive = max(tables.requests[row].lastActive, lastActive)
        watchRoute(ofRow: row, requests: count)
    }

    /// Once a request of a key had no sample, what its routes count is estimated: it may have been of any of them. `~other` is
    /// what is left and so is exact, but for what was shared out to it because a sample's route had no place.
    private mutating func mark(_ account: Int, _ settlement: RequestAccount.Settlement, rest: Int) {
        guard case .byRoute = requests.accounts[account].routing else { return }
        for share in settlement.shares where share.requests > 1 { tables.requests[share.row].marks.insert(.estimated) }
        if settlement.isComplete, !requests.accounts[account].isEstimated { return }
        let wasEstimated = requests.accounts[account].isEstimated
        requests.accounts[account].isEstimated = true
        let other = name("~other")
        if wasEstimated {
            for share in settlement.shares where share.row >= 0 && tables.requests[share.row].route != other {
                tables.requests[share.row].marks.insert(.estimated)
            }
            return
        }
        for route in requests.accounts[account].routes where route != other {
            guard let row = requests.rowIndex[RequestBooks.RowKey(account: Int32(account), route: route)] else { continue }
            tables.requests[Int(row)].marks.insert(.estimated)
        }
    }

    private enum Measure { case latency, duration }

    /// Deals the kernel's buckets out to the rows that got requests: to each exchange its own bucket as far as it goes, then
    /// what is left in order of size, then the rest to `~other`.
    private mutating func deal(_ measure: Measure, account: Int, _ settlement: RequestAccount.Settlement, rest: Int) {
        switch measure {
        case .latency: requests.pool.load(requests.accounts[account].latencies, largest: requests.accounts[account].latencyMax)
        case .duration: requests.pool.load(requests.accounts[account].durations, largest: requests.accounts[account].durationMax)
        }
        guard !requests.pool.used.isEmpty else { return }
        var wanting: [(value: UInt64, wanted: UInt64, row: Int)] = []
        for share in settlement.shares where share.requests > 0 {
            guard let value = measure == .latency ? share.pending.latency : share.pending.duration else { continue }
            let bucket = Histogram.bucket(of: value)
            let taken = requests.pool.take(share.requests, bucket: bucket)
            add(taken, bucket: bucket, like: value, to: measure, row: share.row)
            if share.requests > UInt64(taken) { wanting.append((value, share.requests - UInt64(taken), share.row)) }
        }
        if measure == .duration { amend(settlement) }
        takeBack(measure, account: account)
        wanting.sort { ($0.value, $0.row) < ($1.value, $1.row) }
        for (_, wanted, row) in wanting { dealSmallest(wanted, to: measure, row: row) }
        if rest >= 0 { dealSmallest(settlement.rest, to: measure, row: rest) }
        // Buckets and counts are read one after the other: what is left of an account that owes nothing belongs to its rows.
        if requests.accounts[account].unbooked == 0, let row = settlement.shares.last(where: { $0.row >= 0 })?.row ?? anyRow(of: account) {
            dealSmallest(.max, to: measure, row: row)
            takeBack(measure, account: account)
        }
        let left = requests.pool.unload()
        switch measure {
        case .latency:
            requests.accounts[account].latencies = left
            if left.isEmpty { requests.accounts[account].latencyMax = 0 }
        case .duration:
            requests.accounts[account].durations = left
            if left.isEmpty { requests.accounts[account].durationMax = 0 }
        }
    }

    private func anyRow(of account: Int) -> Int? {
        guard let route = requests.accounts[account].routes.last else { return nil }
        return requests.rowIndex[RequestBooks.RowKey(account: Int32(account), route: route)].map { Int($0) }
    }

    private mutating func dealSmallest(_ wanted: UInt64, to measure: Measure, row: Int) {
        var wanted = wanted
        for bucket in requests.pool.used where wanted > 0 {
            let taken = requests.pool.take(wanted, bucket: Int(bucket))
            wanted -= UInt64(taken)
            add(taken, bucket: Int(bucket), like: requests.pool.value(in: Int(bucket)), to: measure, row: row)
        }
    }

    private mutating func add(_ count: UInt32, bucket: Int, like value: UInt64, to measure: Measure, row: Int) {
        guard count > 0 else { return }
        switch measure {
        case .latency:
            tables.requests[row].latency.add(count, bucket: bucket, like: value)
            tables.requests[row].recent.add(count, bucket: bucket, like: value)
            let key = RequestBooks.LogKey(request: tables.requests[row].serial, band: LatencyLog.band(ofBucket: bucket))
            requests.logged[key, default: 0] &+= count
            watchRoute(ofRow: row, latencies: count, bucket: bucket, like: value)
        case .duration: tables.requests[row].duration.add(count, bucket: bucket, like: value)
        }
    }

    /// Exchanges whose response went on: their row's duration moves from one bucket to the other.
    private mutating func amend(_ settlement: RequestAccount.Settlement) {
        for share in settlement.shares where share.row >= 0 {
            guard let before = share.pending.amended, let after = share.pending.duration else { continue }
            let bucket = Histogram.bucket(of: before)
            let removed = tables.requests[share.row].duration.remove(1, bucket: bucket, like: before)
            requests.pool.put(removed, bucket: bucket)
            guard removed > 0 else { continue }
            let taken = requests.pool.take(1, bucket: Histogram.bucket(of: after))
            add(taken, bucket: Histogram.bucket(of: after), like: after, to: .duration, row: share.row)
        }
    }

    /// Where the kernel took back more than it gave, and no exchange says of which row: of any that has it.
    private mutating func takeBack(_ measure: Measure, account: Int) {
        guard measure == .duration else { return }
        for bucket in requests.pool.used where requests.pool[Int(bucket)] < 0 {
            for route in requests.accounts[account].routes {
                let missing = UInt32(clamping: -requests.pool[Int(bucket)])
                guard missing > 0, let row = requests.rowIndex[RequestBooks.RowKey(account: Int32(account), route: route)] else { continue }
                let removed = tables.requests[Int(row)].duration.remove(
                    missing, bucket: Int(bucket), like: Histogram.middle(of: Int(bucket)))
                requests.pool.put(removed, bucket: Int(bucket))
            }
        }
    }

    private mutating func appendLatencySlice(since previous: Moment) {
        guard previous.monotonic > 0, tables.interval > 0 else { return requests.logged.removeAll() }
        var entries = ContiguousArray(
            requests.logged.map { LatencyLog.Entry(request: $0.key.request, band: $0.key.band, count: $0.value) })
        entries.sort { ($0.request, $0.band) < ($1.request, $1.band) }
        tables.latencyLog.append(LatencyLog.Slice(end: tables.moment.monotonic, length: tables.interval, entries: entries))
        requests.logged.removeAll(keepingCapacity: true)
    }
}
