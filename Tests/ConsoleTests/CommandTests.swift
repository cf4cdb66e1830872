import Aggregation
import Glibc
import Probes
import Testing

@testable import Console

@Suite("What the command line takes") struct CommandTests {
    @Test("a time span is a number and a unit between a tenth of a second and an hour")
    func interval() {
        let good: [(String, UInt64)] = [
            ("100ms", 100_000_000), ("1s", 1_000_000_000), ("0.5s", 500_000_000), ("1m", 60_000_000_000),
            ("1h", 3_600_000_000_000), ("1e3ms", 1_000_000_000),
        ]
        for (text, nanoseconds) in good { #expect((try? Interval(text))?.nanoseconds == nanoseconds, "\(text)") }
        for text in ["", "2", "100000us", "s", "ms", "-1s", "0", "99ms", "1.1h", "61m", "nan", "inf", "1e400h", "1 s", "1d", "１s", "s1"] {
            #expect(throws: (any Error).self, "\(text)") { try Interval(text) }
        }
    }

    private func filter(namespace: String? = nil, pod: String? = nil, all: Bool = false) -> FilterOptions {
        var options = FilterOptions()
        options.namespace = namespace
        options.pod = pod
        options.allNamespaces = all
        return options
    }

    /// Which of the pods web (shop), db (shop) and web (a hostile namespace) a filter lets through.
    private func matches(_ filter: FilterOptions, _ text: String = "", hostile: String = "kube") throws -> [String] {
        var engine = Engine()
        for (number, name) in [("web", "shop"), ("db", "shop"), ("web", hostile)].enumerated() {
            let owner = Owner(kind: .pod, key: "\(number)", workload: name.0, namespace: name.1, pod: name.0)
            engine.fold(.owner(cgroup: UInt64(number + 2), owner))
        }
        engine.fold(.tick(Moment(wall: 1, monotonic: 1)))
        let query = try FilterOptions.parse(text, narrowedTo: filter.wanted, schema: .pods)
        let listing = Listing(schema: .pods, query: query, sort: "namespace", descending: false, limit: nil)
        let tables = engine.tables
        return listing.rows(in: tables).map { row in
            let owner = tables.workloads[Int(row)].owner
            return owner.namespace == hostile ? "hostile/\(owner.workload)" : owner.displayName
        }.sorted()
    }

    @Test("the options narrow the query, which keeps its own meaning")
    func narrowing() throws {
        #expect(try matches(filter()).count == 3)
        #expect(try matches(filter(namespace: "shop")) == ["shop/db", "shop/web"])
        #expect(try matches(filter(namespace: "shop", pod: "web")) == ["shop/web"])
        #expect(try matches(filter(namespace: "shop", all: true)).count == 3)
        #expect(try matches(filter(namespace: "shop"), "pod=db or pod=web") == ["shop/db", "shop/web"])
        #expect(try matches(filter(namespace: "none"), "pod=web or pod=db").isEmpty)
    }

    @Test(
        "no text of a namespace is read as a query",
        arguments: [
            "\"", "x\" or \"\" = \"", "\\", "\\\"", ") or (pod~.", "\u{301}x or pod~. or pod=", "\n", "", "null", "a,shop", "\u{202e}",
        ])
    func hostileNamespace(text: String) throws {
        #expect(try matches(filter(namespace: text), hostile: "other").isEmpty)
        #expect(try matches(filter(namespace: text), "web", hostile: text) == ["hostile/web"])
        #expect(try matches(filter(namespace: "shop", pod: text), hostile: text).isEmpty)
    }

    @Test("a mistake is shown in the text that the user wrote, and a parenthesis cannot leave the filter")
    func mistakes() throws {
        for text in ["pod==", "pod=web) or (pod=db", "(", "nonsense=1", String(repeating: "x", count: 5_000)] {
            #expect {
                try FilterOptions.parse(text, narrowedTo: filter(namespace: "shop").wanted, schema: .pods)
            } throws: { error in
                let failure = error as? Failure
                return failure?.status == 64 && failure?.sentence.contains("namespace=") == false
            }
        }
    }

    @Test("a table without the field of an option says so")
    func withoutField() {
        #expect {
            try FilterOptions.parse("", narrowedTo: filter(pod: "web").wanted, schema: .probes)
        } throws: { ($0 as? Failure)?.status == Failure.wrongUsage }
    }

    @Test("a refused operation ends with 77, any other failure with 1, a signal with 128 and its number, Ctrl-C with 0")
    func status() {
        func status(_ errno: Int32) -> Int32 {
            Failure(ProbeError(operation: "load", subject: "x", errno: errno, advice: "")).status
        }
        #expect(status(EPERM) == 77 && status(EACCES) == (geteuid() == 0 ? 1 : 77) && status(ENOENT) == 1 && status(0) == 1)
        #expect(Signals.exitStatus(SIGINT) == 0 && Signals.exitStatus(SIGTERM) == 143 && Signals.exitStatus(SIGHUP) == 129)
    }
}

@Suite("Replay's pace") struct PaceTests {
    private let second: UInt64 = 1_000_000_000

    @Test("ticks are due as far apart as they were recorded, however late they are read")
    func pace() {
        var pace = Pace()
        pace.reach(500 * second, now: 10 * second)
        #expect(pace.wait(now: 10 * second) == nil)
        pace.reach(501 * second, now: 10 * second + 5)
        #expect(pace.wait(now: 10 * second + 5) == second - 5)
        #expect(pace.wait(now: 11 * second) == nil)
        pace.reach(503 * second, now: 12 * second)
        #expect(pace.wait(now: 12 * second) == second)
    }

    @Test("a recording whose clock goes back or leaps is not waited for, and traps nothing")
    func lies() {
        var pace = Pace()
        for recorded in [UInt64.max, 0, UInt64.max, 5, 5, 4, 1 << 63, 0] {
            pace.reach(recorded, now: 100 * second)
            #expect(pace.wait(now: 100 * second) == nil)
            #expect(pace.wait(now: .max) == nil)
        }
    }
}
