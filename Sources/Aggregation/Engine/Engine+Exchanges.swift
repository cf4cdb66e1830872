// Which exchanges are kept to look at: a row's slowest, and its latest that failed. Entries of `Tables.exchanges` are written
// over in place, so that a busy row costs nothing but the comparison.

extension EngineState {
    /// How long an exchange stays among the slowest before any newer one may take its place; nanoseconds.
    private static let slownessMemory: UInt64 = 600_000_000_000

    mutating func keep(_ exchange: Exchange, row: Int) {
        if exchange.amendedDuration != nil, amendKept(exchange, row: row) { return }
        if keepAsSlow(exchange, row: row) { return }
        if exchange.key.isError { keepAsFailed(exchange, row: row) }
    }

    /// It is kept already: it goes on with its new duration.
    private mutating func amendKept(_ exchange: Exchange, row: Int) -> Bool {
        for index in requests.kept[row].slowest + requests.kept[row].failed {
            let kept = tables.exchanges[Int(index)].exchange
            guard kept.cookie == exchange.cookie, kept.began == exchange.began else { continue }
            tables.exchanges[Int(index)].exchange = exchange
            return true
        }
        return false
    }

    private mutating func keepAsSlow(_ exchange: Exchange, row: Int) -> Bool {
        guard let latency = exchange.latency else { return false }
        if requests.kept[row].slowest.count < Limits.slowestExchanges {
            guard let index = appendExchange(exchange, row: row) else { return false }
            requests.kept[row].slowest.append(index)
            return true
        }
        // Who is too old gives way first, then who is the fastest.
        var worst = -1
        var rank: UInt64 = .max
        for index in requests.kept[row].slowest {
            let kept = tables.exchanges[Int(index)].exchange
            let isOld = kept.began &+ EngineState.slownessMemory < exchange.began
            let value = isOld ? 0 : kept.latency ?? 0
            if value < rank { (worst, rank) = (Int(index), value) }
        }
        guard worst >= 0, latency > rank else { return false }
        replaceExchange(at: worst, with: exchange, row: row)
        return true
    }

    private mutating func keepAsFailed(_ exchange: Exchange, row: Int) {
        if requests.kept[row].failed.count < Limits.failedExchanges {
            if let index = appendExchange(exchange, row: row) { requests.kept[row].failed.append(index) }
            return
        }
        let next = requests.kept[row].next
        replaceExchange(at: Int(requests.kept[row].failed[next]), with: exchange, row: row)
        requests.kept[row].next = (next + 1) % Limits.failedExchanges
    }

    private mutating func exchangeRow(_ exchange: Exchange, row: Int) -> ExchangeRow {
        let request = tables.requests[row]
        return ExchangeRow(
            serial: serial(), exchange: exchange, request: request.serial, route: request.route, workload: request.workload,
            container: request.container)
    }

    private mutating func replaceExchange(at index: Int, with exchange: Exchange, row: Int) {
        tables.exchanges[index] = exchangeRow(exchange, row: row)
    }

    private mutating func appendExchange(_ exchange: Exchange, row: Int) -> Int32? {
        if tables.exchanges.isFull { dropOldExchanges(before: exchange.began) }
        guard !tables.exchanges.isFull else {
            tables.exchanges.refused += 1
            return nil
        }
        requests.rowOfExchange.append(Int32(row))
        return Int32(tables.exchanges.append(exchangeRow(exchange, row: row)))
    }

    /// Makes room: those that began more than ten minutes ago leave. Looked for once an interval at most.
    private mutating func dropOldExchanges(before now: UInt64) {
        guard requests.mayDropExchanges else { return }
        requests.mayDropExchanges = false
        var index = tables.exchanges.count - 1
        while index >= 0 {
            if tables.exchanges[index].exchange.began &+ EngineState.slownessMemory < now { removeExchange(at: index) }
            index -= 1
        }
    }

    /// Removes one entry; the last moves into its place, and its row learns of it.
    private mutating func removeExchange(at index: Int) {
        let last = tables.exchanges.count - 1
        forget(Int32(index), inRow: Int(requests.rowOfExchange[index]))
        if index != last { rename(Int32(last), as: Int32(index), inRow: Int(requests.rowOfExchange[last])) }
        tables.exchanges.remove(at: index)
        requests.rowOfExchange.swapAt(index, last)
        requests.rowOfExchange.removeLast()
    }

    private mutating func forget(_ index: Int32, inRow row: Int) {
        requests.kept[row].slowest.removeAll { $0 == index }
        guard let position = requests.kept[row].failed.firstIndex(of: index) else { return }
        // The ring begins anew at its oldest.
        let next = requests.kept[row].next
        let ring = requests.kept[row].failed
        requests.kept[row].failed = ContiguousArray((ring[next...] + ring[..<next]).filter { $0 != ring[position] })
        requests.kept[row].next = 0
    }

    private mutating func rename(_ index: Int32, as new: Int32, inRow row: Int) {
        if let position = requests.kept[row].slowest.firstIndex(of: index) { requests.kept[row].slowest[position] = new }
        if let position = requests.kept[row].failed.firstIndex(of: index) { requests.kept[row].failed[position] = new }
    }

    /// A row leaves: so does what it keeps.
    mutating func dropExchanges(ofRow row: Int) {
        while let index = requests.kept[row].slowest.last ?? requests.kept[row].failed.last { removeExchange(at: Int(index)) }
    }

    /// A row of requests moved to another index.
    mutating func moveExchanges(fromRow row: Int, to new: Int) {
        for index in requests.kept[row].slowest + requests.kept[row].failed { requests.rowOfExchange[Int(index)] = Int32(new) }
    }
}
