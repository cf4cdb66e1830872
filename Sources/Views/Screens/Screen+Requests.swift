// The screens of requests: the table with a histogram of the selected row, the heat map, and single exchanges.

import Aggregation

extension Screen {
    static let requests = Screen(
        name: "requests", title: "Requests", shortTitle: "Reqs", schema: .requests,
        empty: "No requests seen yet. HTTP/1 and DNS are recognised; 7 Probes says whether the tap is attached.",
        blindness: { $0.requestBlindness },
        workload: { $0.requests[$1].workload }, flowKey: { $0.requests[$1].key.flow }, request: { $0.requests[$1].serial },
        opens: "exchanges", drill: requestDrill { $0.requests[$1].serial }, summary: nil,
        isFaint: { $0.requests[$1].lastActive &+ silence < $0.moment.monotonic },
        strip: { tables, row, glyphs, grid, lines in
            let request = tables.requests[row]
            HistogramStrip(title: name(of: request, in: tables), histogram: request.latency, durations: request.duration, glyphs: glyphs)
                .draw(on: &grid, lines: lines)
        })

    static let latency = Screen(
        name: "latency", title: "Latency", shortTitle: "Lat", schema: .requests,
        empty: "No latency measured yet. It comes with requests; 4 Requests and 7 Probes say more.",
        blindness: { $0.requestBlindness },
        workload: { $0.requests[$1].workload }, flowKey: { $0.requests[$1].key.flow }, request: { $0.requests[$1].serial },
        opens: "requests", drill: nil, summary: nil,
        picture: Picture(
            place: .heatMap, showsRow: false, isEmpty: { $0.latencyMap.bands == nil },
            draw: { model, grid, _ in
                HeatMapScreen(layout: model.heatMapLayout, state: model.state.heatMap, tables: model.tables, glyphs: model.glyphs)
                    .draw(on: &grid)
            }))

    static let exchanges = Screen(
        name: "exchanges", title: "Exchanges", entrance: .name, schema: .exchanges,
        empty: "No single request is kept yet: of each row the slowest, and the latest that failed, are.",
        blindness: { $0.requestBlindness },
        workload: { $0.exchanges[$1].workload }, flowKey: { $0.exchanges[$1].exchange.key.flow }, request: { $0.exchanges[$1].request },
        opens: "exchange", drill: requestDrill { $0.exchanges[$1].request }, summary: nil)

    static let exchange = Screen(
        name: "exchange", title: "Exchange", entrance: .row, schema: .exchanges, empty: "It is no longer kept.",
        workload: { $0.exchanges[$1].workload }, flowKey: { $0.exchanges[$1].exchange.key.flow }, request: { $0.exchanges[$1].request },
        opens: nil, drill: requestDrill { $0.exchanges[$1].request }, summary: nil,
        picture: Picture(
            place: .sheet, showsRow: true, isEmpty: { $0.rows.isEmpty },
            draw: { model, grid, lines in model.sheet?.draw(on: &grid, lines: lines) }))

    /// "GET /api/users/{id} 503".
    static func name(of request: RequestRow, in tables: Tables) -> String {
        let key = request.key
        let words = [
            key.application.operationName(key.operation), tables.name(request.route) ?? key.application.name,
            key.isAnswered ? key.application.statusName(key.status) : "no response",
        ]
        return words.joined(separator: " ").printable
    }

    private static func requestDrill(_ serial: @escaping @Sendable (Tables, Int) -> UInt64) -> @Sendable (Tables, Int) -> Drill? {
        { tables, row in
            let serial = serial(tables, row)
            let request = tables.requests.rows.first { $0.serial == serial }
            return .requests([serial], name: request.map { name(of: $0, in: tables) } ?? "its requests")
        }
    }
}
