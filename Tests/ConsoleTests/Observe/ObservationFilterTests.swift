import Testing

@testable import Aggregation

@Suite("Filters of observe") struct ObservationFilterTests {
    typealias Flag = (flag: FilterFlag, value: String, isNegated: Bool)

    /// The names of the events that a filter lets through, each once, in order.
    private func shown(_ flags: [Flag], of observations: [Observation] = ObservedEvents.observations) throws -> [Observation] {
        let filter = try ObservationFilter(flags)
        return observations.filter(filter.matches)
    }

    private func count(_ flag: FilterFlag, _ value: String) throws -> Int { try shown([(flag, value, false)]).count }

    @Test(
        "a flag lets through what it says and --not all the rest",
        arguments: FilterFlag.allCases.filter { $0 != .allNamespaces && $0 != .fqdn && $0 != .fromFQDN && $0 != .toFQDN })
    func negation(flag: FilterFlag) throws {
        let values: [FilterFlag: String] = [
            .pod: "front", .fromPod: "default/front", .toPod: "default/api-6c4b", .namespace: "default", .fromNamespace: "default",
            .toNamespace: "default", .ip: "10.96.0.0/16", .fromIP: "10.244.1.5", .toIP: "10.244.1.6", .port: "53", .fromPort: "53122",
            .toPort: "8000-8080", .workload: "ssh.service", .fromWorkload: "Pod/frontend-7b58", .toWorkload: "Unit/ssh.service",
            .type: "l7",
            .verdict: "DROPPED", .protocol: "dns", .httpStatus: "5+", .httpMethod: "get", .httpPath: "^/api/v[0-9]/", .httpURL: "token=",
            .dnsQuery: "^api[.]", .dropReason: "NETFILTER_DROP", .tcpFlags: "SYN", .nodeName: "node-*", .trafficDirection: "ingress",
            .ipVersion: "v6", .reply: "", .service: "default/api", .fromService: "api", .toService: "api", .label: "app=frontend",
            .fromLabel: "tier", .toLabel: "app in (frontend,other),!absent",
        ]
        let value = try #require(values[flag])
        let some = try shown([(flag, value, false)])
        let rest = try shown([(flag, value, true)])
        #expect(!some.isEmpty)
        #expect(flag == .nodeName || !rest.isEmpty)
        #expect(some.count + rest.count == ObservedEvents.observations.count)
        #expect(!some.contains { rest.contains($0) })
    }

    @Test("values of one flag are alternatives, different flags must all fit")
    func combination() throws {
        let get = try shown([(.httpMethod, "GET", false)])
        let post = try shown([(.httpMethod, "POST", false)])
        #expect(try shown([(.httpMethod, "GET", false), (.httpMethod, "POST", false)]).count == get.count + post.count)
        let failing = try shown([(.httpMethod, "GET", false), (.httpStatus, "503", false)])
        #expect(failing.count == 1 && failing.allSatisfy { $0.kind == .response(.http1) })
        // What both negated flags fit is left out, as in Hubble.
        let kept = try shown([(.httpMethod, "GET", true), (.httpStatus, "503", true)])
        #expect(kept.count == ObservedEvents.observations.count - 1)
    }

    @Test("flags without a side all fit the same end")
    func sides() throws {
        // The frontend asks port 53 and has none itself.
        #expect(try shown([(.pod, "frontend", false), (.port, "53122", false)]).count > 0)
        #expect(try shown([(.pod, "frontend", false), (.toPort, "53", false)]).count > 0)
        #expect(try shown([(.pod, "frontend", false), (.port, "53", false)]).isEmpty)
        let toServer = try shown([(.fromPod, "frontend", false), (.toPod, "api", false)])
        #expect(toServer.allSatisfy { $0.source.owner?.pod == "frontend-7b58" && $0.destination.owner?.pod == "api-6c4b" })
        #expect(!toServer.isEmpty)
    }

    @Test("a pod without a namespace is one of default; with one it is of that, and with -A of any")
    func namespaces() throws {
        let front = try count(.pod, "front")
        #expect(try front > 0 && front == count(.pod, "default/front") && count(.pod, "other/front") == 0)
        #expect(try shown([(.namespace, "other", false), (.pod, "front", false)]).isEmpty)
        #expect(try shown([(.allNamespaces, "", false), (.pod, "front", false)]).count == front)
        #expect(try shown([(.allNamespaces, "", false)]).count == ObservedEvents.observations.count)
        #expect(try count(.pod, "default/") == count(.namespace, "default"))
        #expect(try count(.pod, "rontend") == 0)
    }

    @Test("types are Hubble's classes and our own names")
    func types() throws {
        for kind in Observation.Kind.all {
            let shown = try shown([(.type, kind.name, false)], of: ObservedEvents.observations + ObservedAnomalyTests.observations)
            #expect(!shown.isEmpty && shown.map(\.kind).allSatisfy { $0 == kind })
        }
        let trace = try count(.type, "trace")
        #expect(try trace == count(.type, "trace:to-endpoint") + count(.type, "trace:to-stack"))
        #expect(try trace + count(.type, "l7") + count(.type, "drop") == ObservedEvents.observations.count)
    }

    @Test(
        "an address fits its ranges",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "::1", false), ("::/0", "1.2.3.4", true), ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe00::1", false),
            ("2001:db8::/65", "2001:db8::8000:0:0:0", false), ("2001:db8::/64", "2001:db8::8000:0:0:0", true),
            ("10.1.2.3", "10.1.2.3", true), ("10.1.2.3", "10.1.2.4", false), ("10.1.2.3/31", "10.1.2.2", true), ("::1/128", "::1", true),
        ])
    func networks(range: String, address: String, fits: Bool) throws {
        let network = try #require(Network(range))
        #expect(try network.contains(#require(Address(address))) == fits)
    }

    @Test("names fit with and without asterisks, whatever their case")
    func domains() throws {
        var observation = ObservedEvents.observations[0]
        observation.destination.name = "API.example.com."
        for (pattern, fits) in [
            ("api.example.com", true), ("*.example.com", true), ("*", true), ("api.*.com.", true), ("example.com", false),
            ("apiXexample.com", false), ("*.example", false),
        ] {
            #expect(try (shown([(.fqdn, pattern, false)], of: [observation]).count == 1) == fits, "\(pattern)")
            #expect(try (shown([(.toFQDN, pattern, false)], of: [observation]).count == 1) == fits, "\(pattern)")
            #expect(try shown([(.fromFQDN, pattern, false)], of: [observation]).isEmpty)
        }
    }

    @Test(
        "a bad value is refused with the flag and what was expected",
        arguments: [
            (FilterFlag.ip, "10.0.0"), (.ip, "10.0.0.0/33"), (.ip, "::/129"), (.ip, "10.0.0.0/+8"), (.ip, "1.2.3.4/"), (.toIP, ""),
            (.port, "http"), (.port, "70000"), (.port, "9-8"), (.port, "-1"), (.port, ""), (.fromPort, "+80"), (.toPort, "1-2-3"),
            (.verdict, "AUDIT"), (.verdict, ""), (.protocol, "icmp"), (.protocol, ""), (.type, "nonsense"), (.type, "trace:"),
            (.httpStatus, "99"),
            (.httpStatus, "600"), (.httpStatus, "+"), (.httpStatus, "4x+"), (.httpStatus, "٤٠٤"), (.httpPath, "("), (.httpURL, "[z-a]"),
            (.dnsQuery, "a{999}"), (.tcpFlags, "SYN,"), (.tcpFlags, "NOW"), (.trafficDirection, "up"), (.ipVersion, "5"), (.fqdn, "a b"),
            (.fqdn, ""), (.fqdn, "\u{1b}[31m"), (.pod, "a/b/c"), (.pod, ""), (.namespace, ""), (.workload, ""), (.dropReason, ""),
            (.dropReason, "no such thing"), (.nodeName, ""), (.httpMethod, ""),
        ])
    func mistakes(flag: FilterFlag, value: String) {
        #expect {
            try ObservationFilter([(flag, value, false)])
        } throws: { error in
            guard let error = error as? FilterError else { return false }
            let isPattern = [.httpPath, .httpURL, .dnsQuery].contains(flag)
            return error.flag == flag.rawValue && error.lines[0].contains("--" + flag.rawValue) && !error.expected.isEmpty
                && (error.place != nil) == isPattern && (!isPattern || error.lines[2].contains("^"))
        }
    }

    @Test("a flag and the same for one side exclude each other, as in Hubble")
    func conflicts() {
        for (first, second) in FilterFlag.conflicts {
            #expect(throws: FilterError.self) { try ObservationFilter([(first, "1.2.3.4", false), (second, "1.2.3.4", false)]) }
        }
    }
}

@Suite("Times of observe") struct ObservedTimeTests {
    private let now: UInt64 = 1_733_844_033_472_000_000

    @Test(
        "are RFC 3339, cut short or not",
        arguments: [
            ("1970-01-01", 0), ("2024-12-10", 1_733_788_800), ("2024-12-10T15Z", 1_733_842_800), ("2024-12-10T15:20Z", 1_733_844_000),
            ("2024-12-10T15:20:33Z", 1_733_844_033), ("2024-12-10T16:20:33+01:00", 1_733_844_033),
            ("2024-12-10t09:50:33-05:30", 1_733_844_033),
            ("2000-02-29T00:00:00Z", 951_782_400), ("2024-03-01", 1_709_251_200),
        ])
    func instants(text: String, seconds: UInt64) { #expect(ObservedTime.parse(text, now: now) == seconds * 1_000_000_000) }

    @Test("have as many digits of a second as one likes")
    func fractions() {
        for (text, nanoseconds) in [(".4", 400_000_000), (".472", 472_000_000), (".123456789", 123_456_789), (".1234567899", 123_456_789)]
            as [(String, UInt64)]
        {
            #expect(ObservedTime.parse("2024-12-10T15:20:33\(text)Z", now: now) == 1_733_844_033_000_000_000 + nanoseconds)
        }
    }

    @Test(
        "or durations before now",
        arguments: [
            ("5m", 300_000), ("1h30m", 5_400_000), ("90s", 90_000), ("1.5s", 1_500), ("250ms", 250), ("-5m", -300_000), ("0", 0),
            ("1h1m1s", 3_661_000),
        ])
    func durations(text: String, milliseconds: Int64) {
        #expect(ObservedTime.parse(text, now: now).map { Int64(now) - Int64($0) } == milliseconds * 1_000_000)
    }

    @Test("what was written round the world and back is the same instant")
    func civil() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<5_000 {
            let wall =
                UInt64.random(in: 0...18_300_000_000, using: &random) * 1_000_000_000 + UInt64.random(in: 0..<1_000_000_000, using: &random)
            let text = String(decoding: CivilTime(nanosecondsSince1970: wall).rfc3339Bytes, as: UTF8.self)
            #expect(ObservedTime.parse(text, now: now) == wall, "\(text)")
        }
    }

    @Test(
        "everything else is none",
        arguments: [
            "", "5", "m", "5x", "1h30", "5 m", "--5m", "2024", "2024-13-01", "2023-02-29", "2024-12-32", "2024-12-10T24Z", "2024-12-10T15",
            "2024-12-10T15:60Z", "2024-12-10T15:20:33", "2024-12-10T15:20:33.Z", "2024-12-10T15:20:33+1", "1969-12-31", "9999-01-01", "now",
            "1970-01-01T00:00:00+23:59", "999999999h", "1e5s", "inf", "٥m", "2024-12-10T15:20:33Zx", ".5s", "5.s",
        ])
    func mistakes(text: String) { #expect(ObservedTime.parse(text, now: now) == nil) }
}
