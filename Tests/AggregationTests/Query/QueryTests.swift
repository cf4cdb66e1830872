import Testing

@testable import Aggregation

@Suite struct QueryTests {
    @Test(
        "A query keeps the rows it describes",
        arguments: [
            ("", [0, 1, 2, 3, 4]),
            ("   ", [0, 1, 2, 3, 4]),
            // Words.
            ("front", [0, 1]),
            ("FRONT", [0, 1]),
            ("shop/cart", [0, 4]),
            ("\"ssh.service\"", [3]),
            ("6379", []),
            ("server", [0, 1]),
            ("ssh.service outbound", []),
            // Text.
            ("namespace=shop", [0, 1, 2]),
            ("namespace=SHOP", []),
            ("namespace=sho", []),
            ("namespace!=shop", [3, 4]),
            ("not namespace=shop", [3, 4]),
            ("namespace=shop,kube-system", [0, 1, 2, 4]),
            ("namespace!=shop,kube-system", [3]),
            ("namespace = shop , kube-system", [0, 1, 2, 4]),
            ("namespace=\"shop\"", [0, 1, 2]),
            ("namespace=''", []),
            ("pod~^front", [0, 1]),
            ("pod!~^front", [2, 3, 4]),
            ("pod~^Front", []),
            ("pod~(?i)^Front", [0, 1]),
            ("peer~^(shop|10)", [0, 1, 2, 4]),
            ("(peer~^(shop|nope)/ port=53)", [4]),
            ("address=fe80::1", [3]),
            ("peer_address=fe80::1", [3]),
            ("peer=shop/cart-1", [0, 4]),
            // Numbers.
            ("port=22", [3]),
            ("port=22,53", [3, 4]),
            ("port!=22,53", [0, 1, 2]),
            ("peer_port=22", [3]),
            ("rtt>2ms", [2, 4]),
            ("rtt>=2ms", [0, 2, 4]),
            ("rtt<2ms", [3]),
            ("rtt<=2ms", [0, 3]),
            ("rtt=2ms", [0]),
            ("rtt=2000us,40µs", [0, 3]),
            ("rtt!=2ms", [1, 2, 3, 4]),
            ("rtt_ns=2000000", [0]),
            ("rtt>0", [0, 2, 3, 4]),
            ("rtt=\"2ms\"", [0]),
            ("sent>5M", [4]),
            ("sent>=5MiB", [0, 4]),
            ("sent=64KiB", [2]),
            ("sent=64K", [2]),
            ("sent>64KB", [0, 2, 4]),
            ("sent=10MB", [4]),
            ("sent>=1KB", [0, 1, 2, 4]),
            ("sent>=1K", [0, 2, 4]),
            ("tx>0.5MB/s", [0, 4]),
            ("tx>500k", [0, 4]),
            // Missing.
            ("rtt=null", [1]),
            ("rtt!=null", [0, 2, 3, 4]),
            ("rtt<1h", [0, 2, 3, 4]),
            ("not rtt<1h", [1]),
            ("rtt=null,2ms", [0, 1]),
            ("namespace=null", [3]),
            ("namespace=null,kube-system", [3, 4]),
            ("namespace=\"null\"", []),
            // Marks.
            ("marks=partial", [2, 3]),
            ("marks=estimated", [3]),
            ("marks!=partial", [0, 1, 4]),
            ("marks=null", [0, 1, 4]),
            ("marks~^est", [3]),
            // Logic.
            ("namespace=shop port=80", [0]),
            ("namespace=shop and port=80", [0]),
            ("port=80 or port=22", [0, 3]),
            ("port=22 or namespace=shop port=80", [0, 3]),
            ("(port=22 or namespace=shop) port=80", [0]),
            ("not (port=22 or port=80)", [1, 2, 4]),
            ("not port=22 port=80", [0]),
            ("not not port=22", [3]),
            ("namespace=shop not pod~cart", [0, 1]),
            ("front AND NOT port=80 OR port=22", [1, 3]),
            ("((((port=22))))", [3]),
            ("(port=22)(rtt<1s)", [3]),
        ] as [(String, [Int32])])
    func keeps(query: String, rows: [Int32]) throws {
        #expect(try Shop.rows(query) == rows)
    }

    @Test(
        "A time is compared by how long ago it was",
        arguments: [
            ("last<5m", [0, 1]), ("last>5m", [2, 3]), ("last<=4m", [0, 1]), ("last>=1h30m", [3]), ("last>1h30m", []),
            ("last_seen<61s", [0]), ("last>0", [0, 1, 2, 3]), ("last=null", []), ("last!=null", [0, 1, 2, 3]),
            ("persecond>3/s", [2, 3]), ("persecond>=3", [1, 2, 3]), ("total>=0.2k", [2, 3]), ("cause=timeout total>0", [1, 2, 3]),
        ] as [(String, [Int32])])
    func ago(query: String, rows: [Int32]) throws {
        #expect(try Shop.rows(query, of: .retransmits) == rows)
    }

    @Test(
        "A share takes a percent sign",
        arguments: [
            ("cpu>0.4%", [1]), ("cpu>=0.4%", [0, 1]), ("cpu=2%", [1]), ("cpu_ratio>0.005", [1]), ("cpu=null", [2]), ("cpu>0", [0, 1]),
        ] as [(String, [Int32])])
    func share(query: String, rows: [Int32]) throws {
        #expect(try Shop.rows(query, of: .probes) == rows)
    }

    @Test("Ids beyond 2^53 compare exactly")
    func exactIds() throws {
        var tables = Shop.tables
        for cookie in [9_007_199_254_740_992, 9_007_199_254_740_993] as [UInt64] {
            let key = tables.flows[0].key
            let sample = ConnectionSample(
                cookie: cookie, key: key, local: Shop.cart, localPort: 1, peerPort: 2, state: .established, partial: false, pid: 0,
                established: 0, seen: 0, sentBytes: 0, receivedBytes: 0, retransmits: 0, rtt: 0, congestionWindow: 0, sendWindow: 0)
            _ = tables.connections.append(ConnectionRow(sample: sample, workload: 0, container: -1))
        }
        let query = try Query.parse("cookie=9007199254740993", schema: .connections)
        #expect((0..<2).filter { query.matches(tables, row: $0) } == [1])
    }

    @Test("Not-equal is the opposite of equal, and not-matching of matching, for every field and row")
    func negation() throws {
        for schema in Schema.all {
            for field in schema.fields where field.kind != .time {
                let value = field.kind == .text ? "shop" : field.kind == .boolean ? "true" : "0"
                for row in schema.rows(Shop.tables).map({ Int($0) }) {
                    let equal = try Query.parse("\(field.word)=\(value)", schema: schema).matches(Shop.tables, row: row)
                    let notEqual = try Query.parse("\(field.word)!=\(value)", schema: schema).matches(Shop.tables, row: row)
                    #expect(equal != notEqual)
                }
            }
        }
    }

    @Test("Every field of every table can be asked for by its word and by its key")
    func everyField() throws {
        for schema in Schema.all + [.symptoms] {
            for field in schema.fields {
                for name in [field.word, field.key] {
                    _ = try Query.parse("\(name)=null", schema: schema)
                    switch field.kind {
                    case .text, .list: _ = try Query.parse("\(name)=x \(name)~x", schema: schema)
                    case .code: _ = try Query.parse("\(name)=x \(name)~x \(name)>=0", schema: schema)
                    case .boolean: _ = try Query.parse("\(name)=true \(name)!=false", schema: schema)
                    case .number, .time: _ = try Query.parse("\(name)>=0", schema: schema)
                    }
                    for unit in field.unit.queryUnits.flatMap(\.names) { _ = try Query.parse("\(name)>1.5\(unit)", schema: schema) }
                }
            }
        }
    }

    @Test("A query that is written out and read again says the same")
    func roundTrip() throws {
        var random = SplitMix(seed: 7)
        for _ in 0..<3_000 {
            let text = QuerySoup.query(&random, depth: 4)
            let query = try Query.parse(text, schema: .flows)
            let again = try Query.parse(query.description, schema: .flows)
            #expect(again.description == query.description, "from \(text)")
            for row in 0..<5 {
                #expect(query.matches(Shop.tables, row: row) == again.matches(Shop.tables, row: row), "\(text) → \(query)")
            }
        }
    }

    @Test("And, or, not and parentheses agree with the tree they were written from")
    func logic() throws {
        var random = SplitMix(seed: 11)
        for _ in 0..<2_000 {
            let tree = Tree.random(&random, depth: 5)
            let query = try Query.parse(tree.text, schema: .flows)
            for row in 0..<5 { #expect(query.matches(Shop.tables, row: row) == tree.holds(row), "\(tree.text)") }
        }
    }

    /// A naive model of the logic, over conditions whose rows are known.
    private indirect enum Tree {
        case leaf(String, Set<Int>)
        case not(Tree)
        case and(Tree, Tree, String)
        case or(Tree, Tree)

        static func random(_ random: inout SplitMix, depth: Int) -> Tree {
            let leaves: [Tree] = [
                .leaf("port=22", [3]), .leaf("namespace=shop", [0, 1, 2]), .leaf("rtt>=2ms", [0, 2, 4]), .leaf("front", [0, 1]),
                .leaf("marks=partial", [2, 3]),
            ]
            guard depth > 0 else { return leaves[Int.random(in: 0..<5, using: &random)] }
            func inner() -> Tree { Tree.random(&random, depth: depth - 1) }
            switch Int.random(in: 0..<6, using: &random) {
            case 0: return .not(inner())
            case 1: return .and(inner(), inner(), " ")
            case 2: return .and(inner(), inner(), " and ")
            case 3: return .or(inner(), inner())
            default: return leaves[Int.random(in: 0..<5, using: &random)]
            }
        }

        /// Only the parentheses that precedence asks for.
        var text: String {
            switch self {
            case .leaf(let text, _): text
            case .not(let inner): "not " + inner.enclosed(unless: inner.isTerm)
            case .and(let left, let right, let joint):
                left.enclosed(unless: !left.isAlternative) + joint + right.enclosed(unless: !right.isAlternative)
            case .or(let left, let right): left.text + " or " + right.text
            }
        }

        private var isTerm: Bool { if case .leaf = self { true } else if case .not = self { true } else { false } }
        private var isAlternative: Bool { if case .or = self { true } else { false } }
        private func enclosed(unless isBare: Bool) -> String { isBare ? text : "(" + text + ")" }

        func holds(_ row: Int) -> Bool {
            switch self {
            case .leaf(_, let rows): rows.contains(row)
            case .not(let inner): !inner.holds(row)
            case .and(let left, let right, _): left.holds(row) && right.holds(row)
            case .or(let left, let right): left.holds(row) || right.holds(row)
            }
        }
    }
}
