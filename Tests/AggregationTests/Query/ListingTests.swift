import Testing

@testable import Aggregation

@Suite struct ListingTests {
    private func rows(
        _ sort: String?, descending: Bool = true, limit: Int? = nil, query: String? = nil, of schema: Schema = .flows,
        in tables: Tables = Shop.tables
    ) throws -> [Int32] {
        let query = try query.map { try Query.parse($0, schema: schema) }
        return Listing(schema: schema, query: query, sort: sort, descending: descending, limit: limit).rows(in: tables)
    }

    @Test("Numbers come largest first, or smallest first, and what is missing comes last either way")
    func numbers() throws {
        #expect(try rows("rtt") == [4, 2, 0, 3, 1])
        #expect(try rows("rtt", descending: false) == [3, 0, 2, 4, 1])
        #expect(try rows("rtt_ns", limit: 2) == [4, 2])
    }

    @Test("Text comes from A to Z, or the other way")
    func text() throws {
        #expect(try rows("workload") == [2, 4, 0, 1, 3])
        #expect(try rows("workload", descending: false) == [3, 0, 1, 4, 2])
        #expect(try rows("namespace") == [4, 0, 1, 2, 3])
        #expect(try rows("namespace", descending: false) == [0, 1, 2, 4, 3])
    }

    @Test("Nothing, and a name the table does not have, mean the table's default")
    func fallback() throws {
        #expect(try rows(nil) == rows("rate"))
        #expect(try rows("nonsense") == rows("rate"))
        #expect(try rows(nil, of: .probes) == [0, 1, 2])
        #expect(try rows(nil, limit: 2, of: .probes) == [0, 1])
    }

    @Test("The query decides which rows there are before the limit counts them")
    func filtered() throws {
        #expect(try rows("rtt", limit: 2, query: "namespace=shop") == [2, 0])
        #expect(try rows("rtt", limit: 9, query: "namespace=shop") == [2, 0, 1])
        #expect(try rows("rtt", limit: 0) == [])
        #expect(try rows("rtt", limit: -1) == [])
        #expect(try rows("rtt", query: "nothing-like-this") == [])
    }

    @Test("Every table can be listed by every field, whole or in part, and empty tables too")
    func everything() {
        for schema in Schema.all + [.symptoms] {
            for field in schema.fields {
                let all = Listing(schema: schema, query: nil, sort: field.word, descending: true, limit: nil).rows(in: Shop.tables)
                #expect(all.sorted() == schema.rows(Shop.tables).sorted())
                #expect(Listing(schema: schema, query: nil, sort: field.key, descending: true, limit: 2).rows(in: Tables()) == [])
            }
        }
    }

    /// Flows with few distinct values, so that ties are many; the third without a round trip.
    private func tables(_ count: Int, _ random: inout SplitMix) -> Tables {
        var tables = Tables()
        tables.interval = 1_000_000_000
        for name in ["cart-9", "cart-10", "Cart-9", "web"] {
            _ = tables.workloads.append(WorkloadRow(serial: 0, owner: Owner(kind: .pod, key: name, workload: name)))
        }
        for serial in (0..<count).shuffled(using: &random) {
            let key = FlowKey(cgroup: 1, netns: 1, direction: .outbound, peer: Address(ipv4: UInt32(serial)), port: 80)
            let workload = WorkloadIndex.random(in: -1..<4, using: &random)
            var row = FlowRow(serial: UInt64(serial), key: key, workload: workload, container: -1, since: 0)
            row.gauges.rttCount = UInt32.random(in: 0..<3, using: &random)
            row.gauges.rttSum = UInt64(row.gauges.rttCount) * UInt64.random(in: 0..<6, using: &random)
            _ = tables.flows.append(row)
        }
        return tables
    }

    @Test("Any order and limit agree with a plain sort of everything", arguments: [0, 1, 2, 3, 7, 50, 333])
    func model(count: Int) throws {
        var random = SplitMix(seed: UInt64(count))
        let tables = tables(count, &random)
        for sort in ["rtt", "workload", "address"] {
            let field = try #require(Schema.flows.field(sort))
            for descending in [true, false] {
                let expected = (0..<Int32(count)).sorted { left, right in
                    let order = order(field.value(tables, Int(left)), field.value(tables, Int(right)), descending)
                    return order != 0 ? order < 0 : tables.flows[Int(left)].serial < tables.flows[Int(right)].serial
                }
                for limit in [nil, 0, 1, 2, 3, count / 3, count / 2, count - 1, count, count + 1] as [Int?] {
                    let kept = limit.map { Array(expected.prefix(max(0, $0))) } ?? expected
                    #expect(try rows(sort, descending: descending, limit: limit, in: tables) == kept)
                }
            }
        }
    }

    private func order(_ left: Value, _ right: Value, _ descending: Bool) -> Int {
        switch (left, right) {
        case (.missing, .missing): return 0
        case (.missing, _): return 1
        case (_, .missing): return -1
        case (.text(let left), .text(let right)): return NaturalOrder.compare(left, right) * (descending ? 1 : -1)
        default:
            let difference = (left.number ?? 0) - (right.number ?? 0)
            return (difference < 0 ? -1 : difference > 0 ? 1 : 0) * (descending ? -1 : 1)
        }
    }

    @Test("The order does not depend on where in the table the rows lie")
    func stable() throws {
        var random = SplitMix(seed: 1)
        var tables = tables(100, &random)
        func serials(_ tables: Tables) throws -> [UInt64] {
            try rows("rtt", limit: 30, in: tables).map { tables.flows[Int($0)].serial }
        }
        let before = try serials(tables)
        // A row that is not listed leaves: the last takes its place.
        for _ in 0..<20 {
            let listed = Set(before)
            let unlisted = try #require((0..<tables.flows.count).first { !listed.contains(tables.flows[$0].serial) })
            tables.flows.remove(at: unlisted)
            #expect(try serials(tables) == before)
        }
    }

    @Test("Numbers in names count by their value, and the order of any texts is total")
    func natural() {
        let ordered = [
            "", "0", "00", "01", "1", "2", "10", "10.0.0.9", "10.0.0.10", "a", "a1", "a02", "a2", "a10", "a10b", "B", "b", "cart-9",
            "cart-10",
            "cart-99999999999999999998", "cart-99999999999999999999", "é",
        ]
        for (first, left) in ordered.enumerated() {
            for (second, right) in ordered.enumerated() {
                let order = NaturalOrder.compare(left, right)
                #expect((order < 0) == (first < second) && (order == 0) == (first == second), "\(left) \(right)")
            }
        }
        var texts = [""]
        for length in 1...3 { texts += texts.filter { $0.count == length - 1 }.flatMap { text in ["0", "1", "a", "B"].map { text + $0 } } }
        let sorted = texts.sorted { NaturalOrder.compare($0, $1) < 0 }
        for (first, left) in sorted.enumerated() {
            for right in sorted[(first + 1)...] { #expect(NaturalOrder.compare(left, right) < 0 && NaturalOrder.compare(right, left) > 0) }
        }
    }
}
