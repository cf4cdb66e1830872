import Testing

@testable import Aggregation

@Suite struct QueryErrorTests {
    private func mistake(_ text: String, _ schema: Schema = .flows) -> QueryError? {
        do throws(QueryError) {
            _ = try Query.parse(text, schema: schema)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "The caret stands where the mistake is",
        arguments: [
            ("pod==", 4, "a value"), ("pod=", 4, "a value"), ("pod=)", 4, "a value"), ("pod=a,", 6, "a value"), ("=shop", 0, "a field"),
            ("namespace", nil, ""), ("prot=1", 0, "port"), ("naemspace=x", 0, "namespace"), ("peer_adress=x", 0, "peer_address"),
            ("zzzzzzzz=1", 0, "workload, namespace"), ("a b=c", 2, ""), ("pod<a", 3, "=, !=, ~ or !~"),
            ("rtt~1", 3, "=, !=, <, <=, > or >="),
            ("rtt>200", 7, "ns, us, ms"), ("rtt>200MB", 7, "ns, us, ms"), ("rtt>1m30", 8, "ns, us, ms"), ("rtt>fast", 4, "a duration like"),
            ("rtt>", 4, "a duration like"), ("rtt>\"x\"", 5, "a duration like"), ("sent>5ms", 6, "B, KB, KiB"), ("sent>10MB/s", 7, "B, KB"),
            ("port=5k", 6, "a number without a unit"), ("port=5432x", 9, "a number without"), ("conns>5%", 7, "k, M, G or T"),
            ("sent>10 MB", 8, "10MB"), ("rtt>null", 4, "= or !="), ("rtt>1ms,2ms", 7, "one value"), ("sent>1.5.5", 8, "B, KB"),
            ("sent>1.", 6, "B, KB"), ("sent>.5", 5, "a size like"), ("sent>-5", 5, "a size like"), ("sent>1k5", 7, "its end"),
            ("active=5m", 6, "<, <=, > or >="), ("active~5m", 6, "<, <=, > or >="), ("active>5", 8, "ns, us"),
            ("active>now", 7, "a duration"),
            ("(port=22", 8, "parenthesis"), ("port=22)", 7, "the end"), ("()", 1, "a condition"), ("not", 3, "a condition"),
            ("and", 0, "a condition"), ("port=22 and", 11, "a condition"), ("port=22 or or", 11, "a condition"), ("or", 0, "a condition"),
            ("port=22 and and a", 12, "a condition"), ("a,b", 1, "a space"), ("a ! b", 2, "!=, !~"), ("a && b", 2, "and"),
            ("a || b", 2, "or"),
            ("a | by b", 2, "the end"), ("pod=\"abc", 8, "\""), ("pod=\"a\\qb\"", 6, "\\\\"), ("pod~", 4, "one, like"),
            ("(pod~)", 5, "one, like"),
            ("marks=partail", 6, "estimated, partial or unobservable"), ("marks>partial", 5, "=, !=, ~ or !~"),
            ("workload=~other", 9, "a value"),
            ("pod~a**", 6, "a group"), ("pod~*", 4, "a character"), ("pod~a(b", 7, ")"), ("pod~[z-a]", 5, "a lower"), ("pod~\\", 4, "\\\\"),
            ("pod~\"a(b\"", 8, ")"), ("pod~\\1", 4, "\\d"), ("pod~(?=a)", 5, "( or (?:"), ("pod~a{999}", 6, "at most 255"),
            ("pod~a{3,2}", 5, "{2,3}"), ("pod~[[:alpha:]]", 5, "a-z"), ("pod~(a{200}){200}", 4, "at most 512"),
            ("日本語 pod==", 8, "a value"), ("cpu=5", 0, "port"),
        ] as [(String, Int?, String)])
    func place(query: String, offset: Int?, expected: String) throws {
        guard let offset else {
            #expect(mistake(query) == nil)
            return
        }
        let error = try #require(self.mistake(query))
        #expect(error.offset == offset, "\(error.sentence)")
        #expect(error.expected.contains(expected), "\(error.sentence)")
    }

    @Test("The first mistake is the one that is told")
    func first() {
        #expect(mistake("pod== \"open")?.offset == 4)
        #expect(mistake("nope=1 rtt>1MB")?.offset == 0)
    }

    @Test("A number that would overflow is a number still, and an endless one is refused")
    func overflow() throws {
        _ = try Query.parse("cookie=99999999999999999999 age>99999999999999d", schema: .connections)
        #expect(mistake("sent>" + String(repeating: "9", count: 400))?.message.contains("too large") == true)
    }

    @Test("A query is refused beyond 4,096 characters and beyond 64 levels, and taken up to them")
    func limits() throws {
        _ = try Query.parse(String(repeating: "a", count: 4_096), schema: .flows)
        #expect(mistake(String(repeating: "a", count: 4_097))?.offset == 4_096)
        for opening in ["(", "not "] {
            let closing = opening == "(" ? ")" : ""
            func nested(_ depth: Int) -> String {
                String(repeating: opening, count: depth) + "port=22" + String(repeating: closing, count: depth)
            }
            _ = try Query.parse(nested(64), schema: .flows)
            #expect(mistake(nested(65))?.offset == 64 * opening.count)
            #expect(mistake(String(repeating: opening, count: 4_096 / opening.count))?.expected == "at most 64 levels")
        }
    }

    @Test("The caret stays under its place, whatever stands before it")
    func caret() {
        let flaw = { (offset: Int) in QueryError("m", at: offset, expected: "e") }
        #expect(flaw(3).lines(for: "abcdef") == ["abcdef", "   ^", "m; expected e."])
        #expect(flaw(0).lines(for: "") == ["", "^", "m; expected e."])
        #expect(flaw(9).lines(for: "ab") == ["ab", "  ^", "m; expected e."])
        #expect(flaw(2).lines(for: "日本x") == ["日本x", "    ^", "m; expected e."])
        #expect(flaw(1).lines(for: "e\u{301}x") == ["e\u{301}x", " ^", "m; expected e."])
        #expect(flaw(1).lines(for: "\u{1b}x") == ["\\x1bx", "    ^", "m; expected e."])
        #expect(flaw(1).lines(for: "👍x") == ["👍x", "  ^", "m; expected e."])
        #expect(flaw(1).lines(for: "\u{202e}x") == ["\\u{202e}x", "        ^", "m; expected e."])
    }

    @Test("A long query is cut around the place, and the caret still points at it")
    func cut() {
        let characters = (0..<500).map { Character(Unicode.Scalar(UInt8(97 + $0 % 26))) }
        let text = String(characters)
        for width in [16, 20, 79, 80, 81, 499, 501] {
            for offset in 0...500 {
                let lines = QueryError("m", at: offset, expected: "e").lines(for: text, width: width)
                #expect(lines[0].cells <= width && lines[1].cells <= width)
                let column = lines[1].cells - 1
                let place = lines[0].count > column ? Array(lines[0])[column] : nil
                #expect(place == (offset < 500 ? characters[offset] : nil))
            }
        }
    }

    @Test("No soup of tokens or bytes crashes or hangs, and each refusal is printable and has its place in the query")
    func fuzz() {
        var random = SplitMix(seed: 2026)
        var parsed = 0
        for round in 0..<30_000 {
            let length = Int.random(in: 0...(round % 100 == 0 ? 300 : 14), using: &random)
            let text = round % 3 == 0 ? QuerySoup.bytes(&random, length: length) : QuerySoup.soup(&random, length: length)
            let schema = Schema.all[Int.random(in: 0..<Schema.all.count, using: &random)]
            do throws(QueryError) {
                let query = try Query.parse(text, schema: schema)
                parsed += 1
                for row in schema.rows(Shop.tables) { _ = query.matches(Shop.tables, row: Int(row)) }
            } catch {
                let lines = error.lines(for: text, width: 60)
                let isPlaced = (0...text.count).contains(error.offset) && lines[0].cells <= 60 && lines[1].cells <= 60
                let isClean = !error.expected.isEmpty && lines.allSatisfy { $0 == $0.printable }
                if !isPlaced || !isClean { Issue.record("\(text): \(error)") }
            }
        }
        #expect(parsed > 1_000)
    }

    @Test("Every query that is cut short or has one character changed is parsed or refused")
    func mutations() {
        var random = SplitMix(seed: 99)
        for _ in 0..<3_000 {
            var characters = Array(QuerySoup.query(&random, depth: 3))
            switch Int.random(in: 0..<3, using: &random) {
            case 0: characters.removeLast(Int.random(in: 0...characters.count, using: &random))
            case 1: characters.remove(at: Int.random(in: 0..<characters.count, using: &random))
            default: characters[Int.random(in: 0..<characters.count, using: &random)] = "=()\"~<,!|\\".randomElement(using: &random) ?? "="
            }
            if let error = mistake(String(characters)) { #expect((0...characters.count).contains(error.offset)) }
        }
    }
}
