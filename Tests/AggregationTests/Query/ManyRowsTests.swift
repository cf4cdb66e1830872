import Testing

@testable import Aggregation

/// Rows by the thousand are filtered and sorted by shortcuts: a text that many rows share is made, judged and placed once,
/// and texts are compared by a prefix first. Each shortcut is held to the plain way.
@Suite struct ManyRowsTests {
    /// Texts that differ where the order is delicate: cases, zeros, runs of digits across the prefix's end, NUL, lengths.
    private static let texts: [String] = {
        var random = SplitMix(seed: 7)
        let pieces = [
            "a", "A", "b", "0", "00", "1", "9", "10", "010", "255", "-", ".", "", "\0", "é", "cart", "CART", "12345678901234567890",
        ]
        var texts = [String(repeating: "1", count: 300), String(repeating: "1", count: 255), "10.244.0.1", "10.244.0.10", "2001:db8::1"]
        for count in 0..<400 {
            texts.append((0..<count % 14).map { _ in pieces[Int.random(in: pieces.indices, using: &random)] }.joined())
        }
        return texts
    }()

    @Test("Where prefixes decide, they decide as the whole texts do, and a whole prefix is the text")
    func prefixes() {
        for left in Self.texts {
            let prefix = NaturalOrder.Prefix(left)
            for right in Self.texts {
                guard let order = NaturalOrder.Prefix.compare(prefix, NaturalOrder.Prefix(right)) else { continue }
                #expect(order.signum() == NaturalOrder.compare(left, right).signum(), "\(left.debugDescription) \(right.debugDescription)")
            }
        }
    }

    /// Two hundred workloads with delicate names, and flows in both directions with peers of this node and of others.
    private static let tables: Tables = {
        var random = SplitMix(seed: 11)
        var tables = Tables()
        for index in 0..<200 {
            let name = texts[index % texts.count]
            let owner = Owner(
                kind: .pod, key: "\(index)", workload: name, namespace: index % 3 == 0 ? nil : "ns-\(index % 7)", pod: name,
                podUID: "\(index)")
            _ = tables.workloads.append(WorkloadRow(serial: UInt64(index), owner: owner))
            tables.addresses[Address(ipv4: 0x0a00_0000 | UInt32(index))] = WorkloadIndex(index)
        }
        tables.names = ["app", "App", "sidecar"]
        for index in 0..<1500 {
            let peer =
                index % 5 == 0
                ? Address(high: 0x2001_0db8 << 32, low: .random(in: 0...40, using: &random))
                : Address(ipv4: 0x0a00_0000 | .random(in: 0...400, using: &random))
            let key = FlowKey(cgroup: 1, netns: 1, direction: index % 2 == 0 ? .inbound : .outbound, peer: peer, port: UInt16(index))
            _ = tables.flows.append(
                FlowRow(
                    serial: UInt64(index) ^ 0x155, key: key, workload: .random(in: -1..<200, using: &random),
                    container: .random(in: -1..<3, using: &random), since: 0))
        }
        return tables
    }()

    private static let textFields = Schema.flows.fields.filter { $0.kind == .text }

    @Test("Rows with the same code have the same value", arguments: textFields.indices)
    func codes(field index: Int) {
        let field = Self.textFields[index]
        var values: [Int: Value] = [:]
        for row in 0..<Self.tables.flows.count {
            guard let code = field.code(Self.tables, row) else { continue }
            let value = field.value(Self.tables, row)
            #expect(values[code] ?? value == value, "\(field.word) \(row)")
            values[code] = value
        }
    }

    @Test("Sorting by a text is sorting the texts, and the identities where they are the same", arguments: textFields.indices)
    func sorting(field index: Int) {
        let field = Self.textFields[index]
        let tables = Self.tables
        var present: [(text: String, row: Int32)] = []
        var missing: [Int32] = []
        for row in Schema.flows.rows(tables) {
            if case .text(let text) = field.value(tables, Int(row)) { present.append((text, row)) } else { missing.append(row) }
        }
        func identity(_ row: Int32) -> UInt64 { Schema.flows.identity(tables, Int(row)) }
        missing.sort { identity($0) < identity($1) }
        for descending in [true, false] {
            let sorted = present.sorted { left, right in
                let order = NaturalOrder.compare(left.text, right.text) * (descending ? 1 : -1)
                return order < 0 || order == 0 && identity(left.row) < identity(right.row)
            }
            for limit in [nil, 10, 1400] {
                let listing = Listing(schema: .flows, query: nil, sort: field.word, descending: descending, limit: limit)
                let expected = sorted.map(\.row) + missing
                #expect(listing.rows(in: tables) == Array(expected.prefix(limit ?? expected.count)), "\(field.word)")
            }
        }
    }

    @Test(
        "All rows asked together answer as each row asked alone",
        arguments: [
            "cart", "10.0", "not cart", "cart or 10.0.0.1", "(a or b) not c", "peer~^10 or workload=cart", "not (peer~1$ namespace=ns-1)",
            "namespace=null", "namespace!=ns-1", "direction=inbound port<700 a", "container=app,null", "marks=null cart",
            "nothing-like-this",
        ])
    func selecting(text: String) throws {
        let query = try Query.parse(text, schema: .flows)
        let rows = Schema.flows.rows(Self.tables)
        #expect(query.select(from: rows, in: Self.tables) == rows.filter { query.matches(Self.tables, row: Int($0)) })
    }

    @Test("A pattern says the same in the room that other texts have used")
    func room() throws {
        for source in ["^a", "a$", "^$", "a|b", "(?i)cart", #"\b1"#, "[^a-z]{3}", "é", "10.*5"] {
            let pattern = try Pattern(source)
            var room = Pattern.Room(pattern)
            for text in Self.texts { #expect(pattern.matches(text, &room) == pattern.matches(text), "\(source) \(text.debugDescription)") }
        }
    }
}
