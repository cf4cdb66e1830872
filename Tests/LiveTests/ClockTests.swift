// The wall clock set back under a running podglass. It is the clock of the whole machine, so only where the machine is made for it.

import Foundation
import Glibc
import LabSupport
import Testing

extension Live {
    @Suite struct ClockTests {
        private static let mayBeSet = ProcessInfo.processInfo.environment["PODGLASS_TEST_CLOCK"] == "1"

        @Test(
            "the wall clock goes back an hour and forth again: counts, rates and intervals do not notice, the lines' times follow it",
            .enabled(if: mayBeSet, "sets the clock of the whole machine: PODGLASS_TEST_CLOCK=1, as in the machines of make test-kernels"))
        func back() async throws {
            try await withLaboratory { laboratory in
                let web = try laboratory.pod("web")
                let client = try laboratory.pod("client")
                _ = try await web.nginx()
                let observation = try await Podglass.observe(["top", "flows"], in: laboratory)
                try await client.connect(20, to: web.ipv4)
                let before = try await observation.next()
                let wall = WallClock()
                try wall.set(3600)
                defer { try? wall.set(0) }
                try await client.connect(20, to: web.ipv4)
                let during = try await observation.next(2)
                try wall.set(0)
                try await client.connect(20, to: web.ipv4)
                let after = try await observation.settled { $0.flow(of: "web", "inbound")?["connections_closed_total"].int == 60 }

                for workload in [("client", "outbound"), ("web", "inbound")] {
                    let flow = try #require(after.flow(of: workload.0, workload.1))
                    #expect(flow["connections_opened_total"].int == 60 && flow["connections_closed_total"].int == 60)
                    #expect(!flow["marks"].array.contains(.string("partial")))
                }
                #expect(after.lost == 0)
                let hours = [before, during, after].map { String(($0.status["time"].string ?? "").prefix(13)) }
                #expect(hours[0] > hours[1] && hours[1] < hours[2])

                let intervals = try observation.intervals()
                for (earlier, later) in zip(intervals, intervals.dropFirst()) {
                    let passed = (later.status["uptime_ns"].int ?? 0) - (earlier.status["uptime_ns"].int ?? 0)
                    #expect(passed > 0 && passed < 60_000_000_000)
                    #expect(abs(passed - (later.status["interval_ns"].int ?? 0)) < 5_000_000)
                    for row in later.rows {
                        #expect((row["sent_bytes_per_second"].double ?? 0) >= 0 && (row["age_ns"].int ?? 0) >= 0)
                    }
                }
                try await observation.finish()
            }
        }

        /// The real-time clock, by how many seconds it is behind what it was when this was made.
        private struct WallClock {
            private let ahead = WallClock.read(CLOCK_REALTIME) - WallClock.read(CLOCK_MONOTONIC)

            func set(_ secondsBack: Double) throws {
                let now = WallClock.read(CLOCK_MONOTONIC) + ahead - secondsBack
                var time = timespec(tv_sec: Int(now), tv_nsec: Int(now.truncatingRemainder(dividingBy: 1) * 1e9))
                guard clock_settime(CLOCK_REALTIME, &time) == 0 else { throw LabError("the clock cannot be set: \(errno)") }
            }

            private static func read(_ clock: clockid_t) -> Double {
                var time = timespec()
                clock_gettime(clock, &time)
                return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
            }
        }
    }
}
