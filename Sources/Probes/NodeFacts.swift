// What the header says about the node.

import Aggregation
import Glibc

extension Node {
    /// Reads name, kernel, boot time and number of processors of this machine.
    package static func read() -> Node {
        var name = utsname()
        uname(&name)
        let boot = (SmallFile.read("/proc/stat") ?? "").split(separator: "\n").first { $0.hasPrefix("btime ") }
            .flatMap { UInt64($0.dropFirst(6)) }
        return Node(
            name: withUnsafeBytes(of: &name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) },
            kernel: withUnsafeBytes(of: &name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) },
            bootTime: (boot ?? 0) * 1_000_000_000, processors: UInt32(clamping: sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }
}
