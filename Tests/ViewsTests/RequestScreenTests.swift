// The screens of requests: ways from rows to requests, to latency and to single exchanges; the histogram; what the words say.

import Testing

@testable import Aggregation
@testable import Views

@Suite struct RequestScreenTests {
    private func text(_ model: ConsoleModel) -> String { model.draw().lines.joined(separator: "\n") }

    @Test func `r shows the requests of a pod, of a flow, of a symptom's flow and of a listener's pod, and Esc goes back`() {
        for (keys, isOne) in [("j", false), ("2j", true), ("3g", true), (":listeners\r", false)] {
            var model = ConsoleModel.standard()
            model.type(keys)
            let (screen, row) = (model.screen.name, model.state.position)
            let drill = model.screen.drill?(model.tables, Int(model.rows[row]))
            model.type("r")
            #expect(model.screen.name == "requests" && model.state.drill == drill, "\(keys)")
            for row in model.rows {
                let request = model.tables.requests[Int(row)]
                switch drill {
                case .flow(let key, _): #expect(isOne && request.key.flow == key)
                case .workload(let serial, _): #expect(model.tables.workloads[Int(request.workload)].serial == serial)
                case .requests, nil: Issue.record("\(keys) narrows to nothing")
                }
            }
            model.type("\u{1b}")
            #expect(model.screen.name == screen && model.state.position == row)
        }
    }

    @Test func `where there is nothing to look into a sentence says so`() {
        for (keys, word) in [
            ("4r", "are the requests"), ("7r", "no requests of its own"), ("7L", "no requests of its own"), ("/zz\rr", "no row"),
        ] {
            var model = ConsoleModel.standard()
            model.type(keys)
            #expect(model.message?.text.contains(word) == true, "\(keys): \(model.message?.text ?? "")")
        }
    }

    @Test func `Enter on a row of requests shows its exchanges, Enter again one of them, and its neighbours are a key away`() {
        var model = ConsoleModel.standard()
        model.type("4")
        let request = model.tables.requests[Int(model.rows[0])]
        model.type("\r")
        #expect(model.screen.name == "exchanges" && model.rows.count == 3)
        for row in model.rows { #expect(model.tables.exchanges[Int(row)].request == request.serial) }
        #expect(!model.draw().lines[3].contains("WORKLOAD"))
        model.type("\r")
        #expect(model.screen.name == "exchange" && model.state.position == 0)
        let first = text(model)
        #expect(first.contains("GET /api/0//api/users/{id}  200  latency 42ms"))
        #expect(!first.contains("secret") && !first.contains("token"))
        model.type("jj")
        #expect(text(model).contains("GET /api/2//api/users/{id}"))
        model.type("\u{1b}")
        #expect(model.screen.name == "exchanges" && model.state.position == 2)
        model.type("\u{1b}")
        #expect(model.screen.name == "requests" && model.crumbs.isEmpty)
    }

    @Test func `an exchange that is longer than the screen can be read to its end, and back`() {
        var model = ConsoleModel.standard(Size(60, 15))
        model.type(":exchanges\r\r")
        let first = text(model)
        var seen = first
        for _ in 0..<12 {
            _ = model.handle(.pageDown)
            seen += text(model)
        }
        for field in Schema.exchanges.fields { #expect(seen.contains("\n \(field.word) "), "\(field.word)") }
        let last = text(model)
        _ = model.handle(.pageUp)
        #expect(text(model) != last)
        for _ in 0..<40 { _ = model.handle(.pageUp) }
        #expect(text(model) == first)
    }

    @Test func `the way may lead through a screen twice, is said in the trail, and ends somewhere`() {
        var model = ConsoleModel.standard(Size(200, 60))
        model.type("4jL")
        #expect(model.screen.name == "latency" && model.rows.count == 1)
        model.type("h\r")
        #expect(model.screen.name == "requests" && model.rows.count == 1)
        let trail = model.draw().lines[2]
        #expect(trail.contains("Requests ▸ POST /api/orders 201 ▸  Latency ▸ ") && trail.hasSuffix("Requests"), "\(trail)")
        model.type("\u{1b}")
        #expect(model.screen.name == "latency" && model.state.heatMap.cursor != nil)
        model.type("\u{1b}\u{1b}")
        #expect(model.screen.name == "requests" && model.rows.count == 9 && model.state.position == 1)
        for _ in 0..<40 { model.type("Lh\r") }
        #expect(model.crumbs.count == ConsoleModel.deepest)
        for _ in 0..<60 { model.type("\u{1b}") }
        #expect(model.crumbs.isEmpty && model.screen.name == "requests" && model.rows.count == 9)
    }

    // MARK: the histogram

    @Test func `a histogram's bars sum to its records, at every width, and the quantiles' marks stand in order`() {
        var histogram = Histogram()
        for step in 1...UInt64(1_000) { histogram.record(step * step * 1_000) }
        for width in [1, 2, 13, 53, 73, 193, 400] {
            guard let span = HistogramStrip.Span(histogram, width: width) else {
                Issue.record("no span")
                continue
            }
            #expect(span.bars.count == width && abs(span.bars.reduce(0, +) - 1_000) < 1e-6)
            let places = [0.5, 0.9, 0.99].compactMap { histogram.quantile($0).flatMap(span.x) }
            #expect(places.count == 3 && places == places.sorted() && places.allSatisfy { (0..<width).contains($0) })
        }
        #expect(HistogramStrip.Span(Histogram(), width: 10) == nil)
    }

    @Test func `below the table stands the histogram of the selected row, and says so where nobody answered`() {
        var model = ConsoleModel.standard()
        model.type("4")
        #expect(text(model).contains("▲p50") && text(model).contains("▲p99") && text(model).contains("max 42ms"))
        model.type("/status=null\r")
        #expect(text(model).contains("No latency: nobody answered."))
    }

    // MARK: words

    @Test func `a sentence that sends to a screen names its digit`() throws {
        for screen in Screen.all {
            for match in screen.empty.matches(of: try Regex("([0-9]) ([A-Z][a-z]+)")) {
                #expect(match.output.count == 3)
                let digit = match.output[1].substring.flatMap { Int($0) } ?? 0
                #expect(
                    Screen.tabs.indices.contains(digit - 1) && Screen.tabs[digit - 1].title == match.output[2].substring.map(String.init))
            }
        }
        #expect(Screen.all.prefix(Screen.tabs.count).allSatisfy { $0.entrance == .digit } && Screen.tabs.count <= 9)
    }

    @Test func `every tab is seen from sixty columns on`() {
        for width in [60, 70, 80, 100, 200] {
            let line = ConsoleModel.standard(Size(width, 24)).draw().lines[2]
            for index in Screen.tabs.indices { #expect(line.contains("\(index + 1) "), "\(width): \(line)") }
        }
    }

    @Test func `what a row is called stays in the narrowest table, and what it is sorted by as soon as there is room`() {
        for keys in ["1", "2", "4", "8"] {
            var model = ConsoleModel.standard(Size(20, 5))
            model.type(keys)
            #expect(model.draw().lines[0].contains("WORKLOAD"), "\(keys)")
        }
        for (keys, titles) in [("1", ["TX/s▼", "RX/s▼"]), ("2", ["TX/s▼", "RX/s▼"]), ("4", ["REQ/s▼"]), ("4:sort max\r", ["MAX▼"])] {
            var model = ConsoleModel.standard(Size(60, 15))
            model.type(keys)
            for title in titles { #expect(model.draw().lines[3].contains(title), "\(keys): \(model.draw().lines[3])") }
        }
    }

    @Test func `what was not understood stands in the header beside what was lost`() {
        for (width, words) in [(80, ["not understood 17"]), (200, ["not understood 17", "http1.gap 12", "dns.truncated 5"])] {
            var model = ConsoleModel.standard(Size(width, 24))
            var tables = Fixture.tables()
            tables.status.notUnderstood = ["http1.gap": 12, "dns.truncated": 5]
            model.receive(tables)
            for word in words { #expect(model.draw().lines[1].contains(word), "\(model.draw().lines[1])") }
        }
        #expect(!ConsoleModel.standard().draw().lines[1].contains("understood"))
    }

    @Test func `on a screen whose table has two trends the sparkline is that of the sorted column`() {
        var model = ConsoleModel.standard(Size(120, 24))
        model.type("4")
        #expect(model.draw().lines[3].contains("requests/s"))
        for keys in ["1", "2"] {
            model.type(keys)
            #expect(model.draw().lines[3].contains("bytes/s"))
            model.type(":sort rps\r")
            #expect(model.draw().lines[3].contains("requests/s"))
        }
    }

    // MARK: without the tap

    @Test(arguments: [
        (ProbeSample.State.off, "switched off with --no-requests", "switched off with --no-requests"),
        (.refused, "the verifier says no", "the probe requests_egress is not attached; see podglass doctor"),
    ])
    func `without the tap a number of requests is a question mark, and what is empty says why`(
        state: ProbeSample.State, reason: String, shown: String
    ) throws {
        var tables = Tables()
        tables.moment = Fixture.tables().moment
        let sample = ProbeSample(name: "requests_egress", hook: "cgroup_skb/egress", state: state, reason: reason, signal: "requests")
        tables.probes = [ProbeRow(sample: sample)]
        var model = ConsoleModel(size: Size(120, 24))
        model.receive(tables)
        for keys in ["4", "5", ":exchanges\r"] {
            model.type(keys)
            #expect(text(model).contains("No requests can be seen here: \(shown)."), "\(text(model))")
        }
        tables.workloads = Fixture.tables().workloads
        tables.flows = Fixture.tables().flows
        for schema in [Schema.pods, .flows] {
            for word in Field.summaryWords {
                #expect(schema.field(word)?.value(tables, 1) == .unobservable(shown), "\(word)")
            }
            #expect(schema.marks(tables, 1).contains(.unobservable))
        }
        #expect(Schema.pods.field("calls")?.value(tables, 1) == .unobservable(shown))
    }
}
