// Paths that the kernel told: remembered up to a limit, the oldest forgotten; records of the ring, however they were cut.

import CProbes
import Testing

@testable import Probes

@Suite struct MadeCgroupsTests {
    @Test("the newest are remembered, up to the limit", arguments: 1..<6) func limit(limit: Int) {
        var made = MadeCgroups(limit: limit)
        for cgroup in UInt64(1)...12 {
            made.insert(cgroup, path: "/\(cgroup)")
            for known in UInt64(1)...12 {
                let isKept = known <= cgroup && known + UInt64(limit) > cgroup
                #expect(made[known] == (isKept ? "/\(known)" : nil))
            }
        }
        #expect(made.count == limit)
    }

    @Test("told twice, it takes one place") func twice() {
        var made = MadeCgroups(limit: 2)
        made.insert(1, path: "/a")
        made.insert(1, path: "/b")
        made.insert(2, path: "/c")
        #expect(made[1] == "/b" && made[2] == "/c")
    }

    @Test("a record's path ends where the kernel ended it") func records() {
        var record = cgroup_record()
        record.kind = RECORD_CGROUP.rawValue
        record.cgroup = 77
        withUnsafeMutableBytes(of: &record.path) { $0.copyBytes(from: Array("/kubepods/pod".utf8)) }
        let inbox = ConnectionInbox()
        withUnsafeBytes(of: record) { inbox.receive($0) }
        withUnsafeMutableBytes(of: &record.path) { $0.copyBytes(from: repeatElement(UInt8(ascii: "x"), count: $0.count)) }
        withUnsafeBytes(of: record) { inbox.receive($0) }
        // Cut short: nothing that could be told.
        withUnsafeBytes(of: record) { inbox.receive(UnsafeRawBufferPointer(rebasing: $0[..<20])) }
        let made = inbox.takeCgroups()
        #expect(made.map(\.cgroup) == [77, 77])
        #expect(made.first?.path == "/kubepods/pod")
        #expect(made.last?.path.utf8.count == Int(LIMIT_PATH_BYTES.rawValue))
        #expect(inbox.overflow == 1)
        #expect(inbox.takeCgroups().isEmpty)
    }
}
