// What the kernel writes into a cgroup's files, and what nobody should make a number of.

import Testing

@testable import Probes

@Suite struct CgroupTextTests {
    private func number(_ text: String) -> UInt64? { Array(text.utf8).withUnsafeBytes { CgroupText.number($0) } }

    private func value(_ key: StaticString, _ text: String) -> UInt64? {
        Array(text.utf8).withUnsafeBytes { CgroupText.value(of: key, in: $0) }
    }

    private func stall(_ text: String) -> UInt64? { Array(text.utf8).withUnsafeBytes { CgroupText.stall(in: $0) } }

    @Test("a file of one number", arguments: [("0\n", 0), ("65536\n", 65_536), ("7", 7), ("18446744073709551615\n", UInt64.max)])
    func numbers(text: String, expected: UInt64) { #expect(number(text) == expected) }

    @Test(
        "what is no number is nothing, not 0",
        arguments: [
            "", "\n", "max\n", "-1\n", "+1\n", " 1\n", "1 2\n", "1\n\n", "0x10\n", "18446744073709551616\n", "99999999999999999999\n",
        ])
    func noNumbers(text: String) { #expect(number(text) == nil) }

    private static let second =
        "usage_usec 12345\nuser_usec 1\nsystem_usec 2\nnr_periods 40\nnr_throttled 7\nthrottled_usec 900\nnr_bursts 0\n"
    private static let first = "nr_periods 41\nnr_throttled 8\nthrottled_time 9000\nnr_bursts 0\nburst_time 0\n"

    @Test("cpu.stat of both versions") func processors() {
        #expect(value("usage_usec", Self.second) == 12_345)
        #expect(value("nr_periods", Self.second) == 40)
        #expect(value("nr_throttled", Self.second) == 7)
        #expect(value("usage_usec", Self.first) == nil)
        #expect(value("nr_periods", Self.first) == 41)
        #expect(value("nr_throttled", Self.first) == 8)
    }

    @Test("a key is a whole word at the start of a line") func keys() {
        let stat = "cache 1\ninactive_file 2\ntotal_inactive_file 3\nx inactive_file 4\n"
        #expect(value("inactive_file", stat) == 2)
        #expect(value("total_inactive_file", stat) == 3)
        #expect(value("inactive", stat) == nil)
        #expect(value("file", stat) == nil)
        #expect(value("oom_kill", "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n") == 5)
        #expect(value("oom_kill", "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0") == 2)
        #expect(value("oom_kill", "oom_kill\noom_kill \noom_kill x\n") == nil)
        #expect(value("oom_kill", "") == nil)
    }

    @Test("memory.pressure") func pressure() {
        let some = "some avg10=0.00 avg60=1.20 avg300=0.90 total=170343\n"
        #expect(stall(some + "full avg10=0.00 avg60=0.00 avg300=0.00 total=9\n") == 170_343)
        #expect(stall("full avg10=0.00 avg60=0.00 avg300=0.00 total=9\n") == nil)
        #expect(stall("some avg10=0.00\n") == nil)
        #expect(stall("some avg10=0.00 total=\n") == nil)
        #expect(stall("something total=5\n") == nil)
        #expect(stall("") == nil)
    }
}
