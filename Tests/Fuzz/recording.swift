// A recording: any bytes at all, a stream of deflate under true checksums, or events under both. It plays or says where it is
// damaged; an engine with room for little folds what plays, and all that is told of it (JSON, CSV, tables, events, screens) holds.
// The first byte says which of it, and how much is told: folding alone is fifty times as fast.

@testable import Aggregation
@testable import Console
@testable import Views

func fuzz(_ bytes: [UInt8]) {
    var input = Input(bytes)
    let kind = input.byte()
    let file =
        switch kind % 4 {
        case 0: input.rest
        case 1: prefix + RecordingFormat.frame(input.rest) + RecordingFormat.endMark
        default: prefix + blocks(input.rest) + RecordingFormat.endMark
        }
    let events = bounded("playing") { play(file) }
    if kind % 4 > 1 { check(events == decoded(input.rest), "plays otherwise than it decodes") }
    let told: Told =
        switch kind / 32 {
        case 0: [.lines, .screens]
        case 1, 2: .lines
        case 3: .screens
        default: []
        }
    tell(events, capacities(kind / 4), told)
}

private struct Told: OptionSet {
    var rawValue: UInt8
    static let lines = Told(rawValue: 1), screens = Told(rawValue: 2)
}

private let prefix = RecordingFormat.prefix(RecordingHeader(version: "1", node: "node", started: 5))

private func blocks(_ payload: [UInt8]) -> [UInt8] {
    guard var deflater = try? DeflateStream() else { return [] }
    return payload.isEmpty ? [] : RecordingFormat.frame(deflater.deflate(payload))
}

private func decoded(_ payload: [UInt8]) -> [Event] {
    var decoder = EventDecoder()
    var events: [Event] = []
    decoder.load(payload)
    while let event = try? decoder.next() { events.append(event) }
    return events
}

private func play(_ file: [UInt8]) -> [Event] {
    file.withUnsafeBytes { bytes in
        var events: [Event] = []
        do throws(RecordingReadError) {
            var reader = try RecordingReader(RecordingSource(embedded: bytes, name: "x"))
            while let event = try reader.next() { events.append(event) }
        } catch {
            checkShowable(error.sentence)
        }
        return events
    }
}

/// Room for so little that the limits are met.
private func capacities(_ choice: UInt8) -> Capacities {
    var capacities = Capacities()
    guard choice & 1 == 1 else { return capacities }
    let few = Int(choice / 2 % 4) + 1
    for limit in [
        \Capacities.flows, \.refusedFlows, \.drops, \.workloads, \.symptoms, \.connections, \.closedConnections, \.listeners, \.probes,
        \.addresses, \.objects, \.objectAddresses, \.owners, \.names, \.requests, \.routes, \.exchanges, \.requestFlows, \.dnsNames,
        \.labels, \.sketches,
    ] { capacities[keyPath: limit] = few }
    return capacities
}

private func tell(_ events: [Event], _ capacities: Capacities, _ told: Told) {
    let few = [CardinalityClass(name: CardinalityClass.standard, series: 3)]
    var engine = Engine(capacities, classes: capacities.flows < Limits.flows ? few : CardinalityClass.shipped)
    var log = ObservationLog(limit: 64)
    var ticks = 0
    for event in events {
        bounded("folding") { engine.fold(event) }
        guard let interval = bounded("observing", { log.receive(event, in: engine) }), told.contains(.lines) else { continue }
        ticks += 1
        for observation in interval.observations { checkLines(of: observation) }
        if ticks < 3 { checkTables(engine.tables, readsJSON: false) }
    }
    engine.fold(.tick(Moment(wall: 1_700_000_000_000_000_000, monotonic: 1 << 60)))
    if told.contains(.lines) { checkTables(engine.tables, readsJSON: true) }
    if told.contains(.screens) { draw(engine.tables) }
}

private func checkLines(of observation: Observation) {
    let compact = CompactFormat(showsNode: true)
    let hubble = HubbleFormat()
    let events = EventFormat()
    check(compact.line(observation), isJSON: false)
    let line = hubble.line(observation)
    check(line, isJSON: true)
    check(line.count < 65_536, "\(line.count) bytes for Hubble")
    check(events.line(observation), isJSON: true)
}

/// Reading JSON back takes longest, and what it is written with has a target of its own.
private func checkTables(_ tables: Tables, readsJSON: Bool) {
    for schema in Schema.all {
        let rows = bounded("listing \(schema.name)") {
            Listing(schema: schema, query: nil, sort: nil, descending: true, limit: 30).rows(in: tables)
        }
        var json = JSONLine(schema)
        var csv = CSVLines(schema)
        var table = TableLines(schema, width: 80)
        json.write(rows, of: tables) { check($0, isJSON: readsJSON) }
        csv.write(rows, of: tables) { check($0, isJSON: false) }
        table.write(rows, of: tables) { check($0, isJSON: false) }
    }
    check(StatusLine.bytes(tables, linesDropped: 0), isJSON: readsJSON)
}

private func check(_ line: [UInt8], isJSON: Bool) {
    guard let text = String(validating: line, as: UTF8.self), text.utf8.last == 10 else { return check(false, "no line of UTF-8") }
    let body = text.utf8.dropLast(text.hasSuffix("\r\n") ? 2 : 1)
    checkShowable(String(decoding: body, as: UTF8.self))
    if isJSON { check(JSONValue(parsing: text) != nil, "no JSON: \(text)") }
}

private func draw(_ tables: Tables) {
    var model = ConsoleModel(size: Size(80, 24))
    model.receive(tables)
    for key in ["1", "2", "3", "4", "5", "6", "7", "8", "9"] as [Unicode.Scalar] {
        bounded("a screen") {
            _ = model.handle(.character(key))
            check(model.draw())
            _ = model.handle(.enter)
            check(model.draw())
        }
    }
}
