import Testing

@testable import Aggregation

@Suite("JSON lines") struct JSONLineTests {
    let tables = fixtureTables()

    private func lines(_ schema: Schema, of tables: Tables) -> [String] {
        var lines: [String] = []
        var writer = JSONLine(schema)
        writer.write(schema.rows(tables), of: tables) { lines.append(String(decoding: $0, as: UTF8.self)) }
        return lines
    }

    @Test("every line of every table is valid under the published schema, with exactly the catalogue's keys in order")
    func validity() throws {
        let text = try #require(readText(repositoryPath("docs/schema/podglass-1.schema.json")))
        let validation = SchemaValidation(document: try #require(JSONValue(parsing: text)))
        for schema in SchemaDocument.tables {
            let lines = lines(schema, of: tables)
            #expect(!lines.isEmpty, "no fixture row for \(schema.name)")
            for line in lines {
                #expect(line.last == "\n" && line.dropLast().allSatisfy { !$0.isNewline })
                let value = try #require(JSONValue(parsing: line), "not JSON: \(line)")
                #expect(validation.errors(value) == [])
                #expect(
                    value.members.map(\.key) == ["schema", "type", "time"] + schema.fields.map(\.key) + ["marks", "reasons"])
                let missing = value.members.filter { $0.value == .null }.map(\.key)
                #expect(value["reasons"]?.members.map(\.key) == missing)
            }
        }
        let status = String(decoding: StatusLine.bytes(tables, linesDropped: 2), as: UTF8.self)
        #expect(validation.errors(try #require(JSONValue(parsing: status))) == [])
        #expect(!validation.errors(["schema": "podglass/1", "type": "flow"]).isEmpty)
    }

    @Test("every line that observe writes is valid under it, too: those that ConsoleTests hold it to")
    func events() throws {
        let text = try #require(readText(repositoryPath("docs/schema/podglass-1.schema.json")))
        let validation = SchemaValidation(document: try #require(JSONValue(parsing: text)))
        let lines = try #require(readText(repositoryPath("Tests/ConsoleTests/Fixtures/observe-json.jsonl"))).split(separator: "\n")
        #expect(lines.count > 20)
        for line in lines {
            let value = try #require(JSONValue(parsing: String(line)))
            #expect(validation.errors(value) == [])
            // Whatever is null, at the top or in an object, has its reason, and only that; and an owner that is inferred.
            let missing = value.members.flatMap { member in
                member.value == .null ? [member.key] : member.value.members.filter { $0.value == .null }.map { "\(member.key).\($0.key)" }
            }
            let reasons = value["reasons"]?.members.map(\.key) ?? []
            #expect(Set(reasons.filter { !$0.hasSuffix(".owner") }) == Set(missing))
            #expect(
                value["marks"] == ["estimated"] || !reasons.contains { $0.hasSuffix(".owner") }
                    || value["marks"] == ["estimated", "partial"])
        }
        #expect(!validation.errors(["schema": "podglass/1", "type": "event"]).isEmpty)
    }

    @Test("the published schema is the catalogue's: each field with the right type")
    func document() throws {
        let isRecorded = golden("docs/schema/podglass-1.schema.json", recording: SchemaDocument.text) == SchemaDocument.text
        #expect(isRecorded, "docs/schema/podglass-1.schema.json differs from the catalogue; RECORD=1 writes it anew")
        let document = try #require(JSONValue(parsing: SchemaDocument.text))
        #expect(document == SchemaDocument.document)
        for schema in SchemaDocument.tables {
            let properties = try #require(document["$defs"]?[schema.type]?["properties"])
            for field in schema.fields {
                #expect(properties[field.key]?["type"]?.elements.compactMap(\.string) == SchemaDocument.jsonTypes(of: field.kind))
                #expect(!JSONLine.envelope.contains(field.key), "\(schema.name).\(field.key) is a key of the envelope")
            }
            #expect(Set(schema.fields.map(\.key)).count == schema.fields.count)
        }
    }

    @Test("the line of a flow, as it is written")
    func flow() {
        let line = lines(.flows, of: tables)[1]
        #expect(
            line.hasPrefix(
                #"{"schema":"podglass/1","type":"flow","time":"2023-11-14T22:15:00.123456789Z","workload":"sshd.service","namespace":null"#
            ))
        #expect(line.contains(#""sent_bytes_per_second":333,"#))
        #expect(line.contains(#""marks":["partial"],"reasons":{"namespace":"not a pod","pod":"not a pod","#))
    }

    @Test("text comes back as it was, and nothing in a line can reach a terminal as a command")
    func escaping() throws {
        for schema in SchemaDocument.tables {
            for line in lines(schema, of: tables) {
                #expect(line.dropLast().unicodeScalars.allSatisfy { !$0.misleadsTerminal })
            }
        }
        let process = try #require(JSONValue(parsing: lines(.pods, of: tables)[2]))
        #expect(process["workload"] == .string(hostile))
        var writer = JSONWriter()
        writer.string("\u{1}\u{2028}\u{202e}\u{e0001}é\u{1f600}")
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #""\u0001\u2028\u202e\udb40\udc01é😀""#)
    }

    @Test("every scalar of Unicode comes back")
    func scalars() {
        for start in stride(from: UInt32(0), to: 0x11_0000, by: 16_384) {
            let text = String(String.UnicodeScalarView((start..<start + 16_384).compactMap(Unicode.Scalar.init)))
            var writer = JSONWriter()
            writer.string(text)
            #expect(JSONValue(parsing: String(decoding: writer.bytes, as: UTF8.self)) == .string(text))
        }
    }

    @Test("before the first interval has ended, rates are null with the reason")
    func firstInterval() throws {
        var tables = tables
        tables.interval = 0
        let value = try #require(JSONValue(parsing: lines(.flows, of: tables)[0]))
        #expect(value["bytes_per_second"] == .null)
        #expect(value["reasons"]?["bytes_per_second"] == "the first interval has not ended")
    }

    @Test("what is no number is null, with a reason")
    func notFinite() throws {
        var tables = tables
        for (index, value) in [Double.nan, .infinity, -.infinity].enumerated() { tables.connections[index].sentPerSecond = value }
        for line in lines(.connections, of: tables) {
            let value = try #require(JSONValue(parsing: line))
            #expect(value["sent_bytes_per_second"] == .null)
            #expect(value["reasons"]?["sent_bytes_per_second"] == "not a finite number")
        }
        tables.status.cpuRatio = .nan
        let status = try #require(JSONValue(parsing: String(decoding: StatusLine.bytes(tables, linesDropped: 0), as: UTF8.self)))
        #expect(status["reasons"]?["self.cpu_ratio"] == "not a finite number")
    }

    @Test("the status line says every loss")
    func status() throws {
        var tables = tables
        tables.flows.refused = 9
        let text = String(decoding: StatusLine.bytes(tables, linesDropped: 5), as: UTF8.self)
        let value = try #require(JSONValue(parsing: text))
        #expect(value["lost_total"] == .integer(7))
        #expect(value["lost"] == ["map full": .integer(4), "ring full": .integer(3)])
        #expect(value["rows_refused"]?["flows"] == .integer(9))
        #expect(value["lines_dropped"] == .integer(5))
        #expect(value["uptime_ns"] == .integer(100_123_456_789))
        #expect(value["marks"] == ["partial", "unobservable"])
        #expect(value["self"]?["probe_cpu_ratio"] == .null)
        #expect(value["probes"]?.elements.count == 5)
    }
}

@Suite("JSON numbers") struct JSONNumberTests {
    private func text(_ value: Double) -> String {
        var writer = JSONWriter()
        writer.number(value)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test(
        "are written as ECMAScript writes them",
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (-1.5, "-1.5"), (0.1, "0.1"), (0.1 + 0.2, "0.30000000000000004"), (1e-6, "0.000001"),
            (1e-7, "1e-7"), (1.25e-9, "1.25e-9"), (123_456_789.125, "123456789.125"), (1e16, "10000000000000000"),
            (9_007_199_254_740_992, "9007199254740992"), (1e20, "100000000000000000000"), (1e21, "1e+21"), (-1.5e300, "-1.5e+300"),
            (.leastNonzeroMagnitude, "5e-324"), (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (1.0 / 3, "0.3333333333333333"),
        ])
    func examples(value: Double, expected: String) { #expect(text(value) == expected) }

    @Test("read back the same, over the whole range")
    func roundTrip() {
        var random = SplitMix(seed: 7)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            #expect(Double(text(value)) == value)
            #expect(JSONValue(parsing: text(value)) != nil)
        }
    }
}

@Suite("Civil time") struct CivilTimeTests {
    @Test(
        "knows the calendar",
        arguments: [
            (0, "1970-01-01T00:00:00.000000000Z"), (951_782_399, "2000-02-28T23:59:59.000000000Z"),
            (951_782_400, "2000-02-29T00:00:00.000000000Z"), (951_868_800, "2000-03-01T00:00:00.000000000Z"),
            (1_077_926_400, "2004-02-28T00:00:00.000000000Z"), (1_709_164_800, "2024-02-29T00:00:00.000000000Z"),
            (1_735_689_599, "2024-12-31T23:59:59.000000000Z"), (2_147_483_648, "2038-01-19T03:14:08.000000000Z"),
            (4_107_542_399, "2100-02-28T23:59:59.000000000Z"), (4_107_542_400, "2100-03-01T00:00:00.000000000Z"),
        ] as [(UInt64, String)])
    func dates(seconds: UInt64, expected: String) {
        #expect(CivilTime(nanosecondsSince1970: seconds * 1_000_000_000).rfc3339 == expected)
    }

    @Test("reaches the ends of Int64 and UInt64 nanoseconds")
    func limits() {
        #expect(CivilTime(nanosecondsSince1970: UInt64(Int64.max)).rfc3339 == "2262-04-11T23:47:16.854775807Z")
        #expect(CivilTime(nanosecondsSince1970: UInt64(Int64.max) + 1).rfc3339 == "2262-04-11T23:47:16.854775808Z")
        #expect(CivilTime(nanosecondsSince1970: .max).rfc3339 == "2554-07-21T23:34:33.709551615Z")
        #expect(CivilTime(nanosecondsSince1970: 1).rfc3339 == "1970-01-01T00:00:00.000000001Z")
    }

    @Test("every day follows the one before it, for all of its range")
    func days() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var (year, month, day) = (1970, 1, 1)
        for index in 0..<UInt64(213_503) {
            let time = CivilTime(nanosecondsSince1970: index * 86_400_000_000_000)
            guard (time.year, time.month, time.day) == (year, month, day) else {
                Issue.record("day \(index): \(time.rfc3339), not \(year)-\(month)-\(day)")
                return
            }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            day += 1
            if day > lengths[month - 1] + (month == 2 && isLeap ? 1 : 0) { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
    }
}
